import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Addresses in what is built are relative, because the public URL may carry a path; the server makes those of the page
 * absolute. `npx vite console` with TIDINGS_URL serves the sources, and what is not the console's from that server.
 */
// Vite wants it so.
// oxlint-disable-next-line import/no-default-export
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Data URLs would need another Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/elements', '/console/session', '/console/sign-in', '/reference', '/openapi.json'].map((path) => [
        path,
        process.env['TIDINGS_URL'] ?? 'http://localhost:8080',
      ]),
    ),
  },
});
