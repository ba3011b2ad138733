import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** White text on the darkest shade has a contrast of 5.6: buttons stay readable in both schemes. */
const tide: MantineColorsTuple = [
  '#e6f7f9',
  '#cdeef2',
  '#9bdde6',
  '#66c9d6',
  '#3db5c5',
  '#229fb1',
  '#168b9d',
  '#0f7a8b',
  '#0d6f80',
  '#0a6272',
];

const dark: MantineColorsTuple = [
  '#d9dfe6',
  '#bcc5cf',
  '#9aa6b3',
  '#66727f',
  '#3b4752',
  '#2c3640',
  '#1e272f',
  '#161d24',
  '#11171d',
  '#0c1116',
];

const SANS =
  'Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Open Sans", "Noto Sans", "Liberation Sans", sans-serif';
const MONO =
  'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace';

export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 8, dark: 8 },
  colors: { tide, dark },
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  components: {
    // A link within a text must not differ by its colour alone.
    Anchor: { defaultProps: { underline: 'always' } },
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Modal: { defaultProps: { centered: true } },
    Notification: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } },
      styles: { description: { color: 'var(--mantine-color-dimmed)' } },
    },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end' } },
  },
});

/** Mantine's dimmed text and placeholders are too faint for WCAG AA, and its notes too loud beside calm tables; the rest names the surfaces of the console. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59636e',
    '--mantine-color-placeholder': '#6a747e',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': '#c22525',
    '--mantine-color-anchor': '#0a6272',
    '--mantine-color-teal-light': '#e8f6ee',
    '--mantine-color-teal-light-color': '#17693a',
    '--mantine-color-yellow-light': '#fdf4dc',
    '--mantine-color-yellow-light-color': '#8a5a00',
    '--mantine-color-red-light': '#fceceb',
    '--mantine-color-red-light-color': '#b02525',
    '--mantine-color-tide-light': '#e7f2f4',
    '--mantine-color-tide-light-color': '#0a6272',
    '--surface-page': '#f6f8f9',
    '--surface-card': '#ffffff',
    '--surface-sunken': '#f1f4f6',
    '--surface-hover': '#f3f7f8',
    '--line': '#e1e6ea',
    '--tone-good': '#1f8a4c',
    '--tone-busy': '#1971c2',
    '--tone-warn': '#c27803',
    '--tone-bad': '#cf2f2f',
    '--tone-idle': '#8a949e',
    '--accent-soft': '#e3f1f3',
    '--accent-text': '#08515e',
    '--fresh': '#d8f1ef',
    '--created': '#17693a',
    '--created-soft': '#e6f6ec',
    '--updated': '#14588f',
    '--updated-soft': '#e7f1fa',
    '--deleted': '#a32323',
    '--deleted-soft': '#fbeaea',
    '--on-good': '#fff',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa6b3',
    '--mantine-color-placeholder': '#8995a1',
    '--mantine-color-body': '#161d24',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-anchor': '#66c9d6',
    '--surface-page': '#11171d',
    '--surface-card': '#161d24',
    '--surface-sunken': '#11171d',
    '--surface-hover': '#1b232b',
    '--line': '#2a343d',
    '--tone-good': '#40c07a',
    '--tone-busy': '#4dabf7',
    '--tone-warn': '#f2b035',
    '--tone-bad': '#ff7b7b',
    '--tone-idle': '#7a8692',
    '--accent-soft': '#1b3138',
    '--accent-text': '#9bdde6',
    '--fresh': '#17383b',
    '--created': '#6fdc9d',
    '--created-soft': '#15291e',
    '--updated': '#8cc8fb',
    '--updated-soft': '#152736',
    '--deleted': '#ffa5a5',
    '--deleted-soft': '#331c1f',
    '--on-good': '#0c1116',
  },
});
