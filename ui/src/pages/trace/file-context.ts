// The file that the trace on the page is of; none where it is a kept one.
import { createContext, use } from 'react';
import type { FileContent, ViewedFile } from '../../trace/viewed-file.ts';

export interface OpenFile {
  file: ViewedFile;
  content: FileContent;
}

export const FileContext = createContext<OpenFile | null>(null);

export function useOpenFile(): OpenFile | null {
  return use(FileContext);
}
