// Takes files and shows them on the page for files, from wherever they came.
import { useCallback } from 'react';
import { useNavigate } from 'react-router';
import { openFile } from '../../api/viewed.ts';

export function useTake(): (files: readonly File[]) => void {
  const navigate = useNavigate();
  return useCallback(
    (files) => {
      const [first, ...others] = files;
      if (!first) return;
      const name = others.length > 0 ? `${first.name} +${others.length}` : first.name;
      // Documents that stand one behind the other are one file to the server.
      const all = others.length > 0 ? new Blob(files.flatMap((file) => [file, '\n'])) : first;
      void openFile(all, name);
      void navigate(`/view?${new URLSearchParams({ file: name })}`);
    },
    [navigate],
  );
}
