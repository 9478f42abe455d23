// j and k move through the results, x selects the one that has the focus, c compares the selected.
import { useEffect } from 'react';
import { isTyping } from '../../parts/typing.ts';

export function useRowKeys(): void {
  useEffect(() => {
    let before = '';
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      // "g c" leads to the page.
      const leads = before === 'g';
      before = event.key;
      if (event.key === 'c' && !leads)
        document.querySelector<HTMLElement>('a[data-compare], [data-compare] button')?.click();
      if (event.key === 'x')
        document.activeElement
          ?.closest('li')
          ?.querySelector<HTMLElement>('input[type="checkbox"]')
          ?.click();
      const step = { j: 1, k: -1 }[event.key];
      if (!step) return;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
      const at = rows.indexOf(document.activeElement as HTMLElement);
      rows[at < 0 ? 0 : at + step]?.focus();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
