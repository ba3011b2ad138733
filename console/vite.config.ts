import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Compresses once, when built, what the server then sends as it lies there. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const directory = join(import.meta.dirname, 'dist', 'assets');
      for (const name of globSync('*.{js,css,svg}', { cwd: directory })) {
        const path = join(directory, name);
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/**
 * Addresses in what is built are relative, because the public URL may carry a path; the server makes those of the page
 * absolute. `npx vite console` with TIDINGS_URL serves the sources, and what is not the console's from that server.
 */
// Vite wants it so.
// oxlint-disable-next-line import/no-default-export
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), compressed()],
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
