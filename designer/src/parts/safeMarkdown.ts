import { marked } from 'marked';

const TextNode = globalThis.Text;

/** What others named is in these texts, so only what a document needs is taken over: no scripts, no handlers, no addresses. */
const allowed = new Set(['H1', 'H2', 'H3', 'P', 'UL', 'OL', 'LI', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'PRE', 'CODE', 'STRONG', 'EM', 'HR', 'BR']);

export function render(markdown: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(marked.parse(markdown, { async: false }), 'text/html');
  const copy = (from: Node, to: Node) => {
    for (const node of from.childNodes) {
      if (node instanceof TextNode) to.appendChild(document.createTextNode(node.data));
      else if (node instanceof HTMLElement && allowed.has(node.tagName)) {
        const element = document.createElement(node.tagName);
        if (node.tagName === 'CODE' && node.className === 'language-mermaid') element.className = node.className;
        copy(node, element);
        to.appendChild(element);
      } else copy(node, to);
    }
  };
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment);
  return fragment;
}
