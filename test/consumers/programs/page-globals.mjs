// As much of a page as vite's preloading looks at.
globalThis.document = {
  querySelector: () => null,
  querySelectorAll: () => [],
  getElementsByTagName: () => [],
  head: { appendChild: () => undefined },
  createElement: () => ({ relList: { supports: () => true } }),
}
