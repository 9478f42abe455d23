// The rules of this folder: types, hooks, and who may import whom.
import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';

const markup = 'Spans are hostile text; write text nodes, never markup.';

export default typescript.config(
  { ignores: ['dist/', 'node_modules/', 'shots/'] },
  js.configs.recommended,
  typescript.configs.strict,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: markup },
        { property: 'outerHTML', message: markup },
        { property: 'insertAdjacentHTML', message: markup },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: markup },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Columns are read by an index that the loop itself bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
    },
  },
  // app → pages → parts → trace, and pages → api → trace. Messages are data that every drawn thing may read.
  zone('src/trace/**', ['app', 'pages', 'parts', 'api', 'react']),
  zone('src/api/**', ['app', 'pages', 'parts']),
  zone('src/parts/**', ['app', 'pages', 'api']),
  zone('src/pages/**', ['app']),
  {
    files: ['public/*.js'],
    languageOptions: { globals: { document: 'readonly', localStorage: 'readonly' } },
    rules: { '@typescript-eslint/no-unused-vars': 'off', 'no-unused-vars': 'off', 'no-var': 'off' },
  },
);

/** Forbids the files of one folder to import from the others. */
function zone(files, forbidden) {
  const folders = forbidden.filter((name) => name !== 'react');
  return {
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `(^|/)(${folders.join('|')})/(?!messages/)`,
              message: 'Imports go app → pages → parts → trace and pages → api → trace.',
            },
            ...(forbidden.includes('react')
              ? [{ regex: '^react', message: 'The domain knows no React.' }]
              : []),
          ],
        },
      ],
    },
  };
}
