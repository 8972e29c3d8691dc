// The name of its column for each cell, which a phone shows where rows are blocks.
for (const table of document.querySelectorAll("article table")) {
  const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent.trim());
  for (const row of table.tBodies[0]?.rows ?? []) {
    [...row.cells].forEach((cell, column) => {
      if (names[column]) cell.dataset.label = names[column];
    });
  }
}
// Long names and addresses in tables break after a separator, and not within a word or a number.
for (const code of document.querySelectorAll("article td code, article td:last-child")) {
  for (const text of [...code.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
    const pieces = text.data.split(/(?<=[_./])(?=[a-z])/i);
    text.replaceWith(...pieces.flatMap((piece) => [document.createElement("wbr"), piece]).slice(1));
  }
}
