// Break Chinese titles between words, never inside one. Without this they still wrap, just less well.
const glued = /^[，。？！：、；”）\d的了]|^.$/; // never start a line with a mark, a digit or a lone character

export function breakBetweenWords(root = document) {
  if (!("Segmenter" in Intl)) return;
  const words = new Intl.Segmenter("zh", { granularity: "word" });
  for (const element of root.querySelectorAll("h1:not([data-words]), h2:not([data-words])")) {
    element.dataset.words = "";
    for (const node of [...element.childNodes].filter((child) => child.nodeType === 3)) {
      const parts = [...words.segment(node.data)].map((segment) => segment.segment);
      const chunks = parts.reduce((all, word) => {
        const joins = all.length && (glued.test(word) || /\d$/.test(all[all.length - 1]));
        return joins ? [...all.slice(0, -1), all[all.length - 1] + word] : [...all, word];
      }, []);
      node.replaceWith(...chunks.flatMap((word, index) => (index ? [document.createElement("wbr"), word] : [word])));
    }
  }
}
