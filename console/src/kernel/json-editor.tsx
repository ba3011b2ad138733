import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import {
  bracketMatching,
  defaultHighlightStyle,
  foldGutter,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { linter, lintGutter } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';

interface JsonEditorProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** The colours of the light scheme that JSON uses, for a dark ground. */
const ON_DARK: Record<string, string> = {
  '#a11': '#a5d6a7',
  '#164': '#f2b035',
  '#219': '#f2b035',
  '#00c': '#9bdde6',
};

const dark = HighlightStyle.define(
  defaultHighlightStyle.specs.map((spec) => ({
    ...spec,
    color: ON_DARK[String(spec['color'])] ?? '#d9dfe6',
  })),
);

/** JSON with its mistakes marked. Escape, then Tab leaves the field; Tab alone indents. */
export function JsonEditor({ label, value, onChange }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          foldGutter(),
          history(),
          bracketMatching(),
          json(),
          linter(jsonParseLinter()),
          lintGutter(),
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          syntaxHighlighting(scheme === 'dark' ? dark : defaultHighlightStyle),
          EditorView.theme(look, { dark: scheme === 'dark' }),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // The text is the editor's own from here on; what comes from outside arrives below.
  }, [label, scheme]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={place} />;
}

const look = {
  '&': { maxHeight: '420px' },
  '.cm-scroller': { overflow: 'auto', fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-gutters': {
    background: 'transparent',
    color: 'var(--mantine-color-dimmed)',
    border: '0',
  },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
};
