// Text that the page has itself, taken away as a file.

export function saveFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser takes the text when the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
