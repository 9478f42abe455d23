// Saving a text as a file, where there is no address to download it from.

export function saveText(text: string, name: string, type = 'application/json'): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has begun to read it by then; without this it would stay in memory.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
