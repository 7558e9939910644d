// All are clear on dark images, and neighbours are far apart.
const COLOURS = [
  '#ffb000', '#35d6ed', '#ff6ec7', '#8be04e', '#ad97ff',
  '#ff8a5c', '#2fe0a5', '#f4e04d', '#7fb2ff', '#e5a6ff',
];

// The pairs of points and their history. A pair without one of its points is always the last.
class Pairs {
  constructor(rows) {
    this.nextId = 0;
    this.past = [];
    this.future = [];
    this.list = rows.map(([vx, vy, tx, ty]) => this.make({ visible: [vx, vy], thermal: [tx, ty] }));
  }

  make(points) {
    const colour = COLOURS[this.nextId % COLOURS.length];
    return { id: this.nextId++, colour, ...points };
  }

  get open() {
    return this.list.find((pair) => !pair.visible || !pair.thermal);
  }

  get complete() {
    return this.list.filter((pair) => pair.visible && pair.thermal);
  }

  get rows() {
    return this.complete.map(({ visible, thermal }) => [...visible, ...thermal]);
  }

  find(id) {
    return this.list.find((pair) => pair.id === id);
  }

  remember() {
    this.past.push(structuredClone(this.list));
    this.future = [];
  }

  // Completes the open pair, moves its point, or begins a new one; returns the pair.
  place(side, point) {
    this.remember();
    const pair = this.open || this.make({});
    if (!this.list.includes(pair)) this.list.push(pair);
    pair[side] = point;
    return pair;
  }

  move(id, side, point) {
    this.find(id)[side] = point;
  }

  remove(id) {
    this.remember();
    this.list = this.list.filter((pair) => pair.id !== id);
  }

  undo() {
    this.travel(this.past, this.future);
  }

  redo() {
    this.travel(this.future, this.past);
  }

  travel(from, to) {
    if (!from.length) return;
    to.push(structuredClone(this.list));
    this.list = from.pop();
  }
}

// Homographies as nine numbers, row by row.
function transform(matrix, [u, v]) {
  const [x, y, w] = [0, 3, 6].map((i) => matrix[i] * u + matrix[i + 1] * v + matrix[i + 2]);
  return w > 0 ? [x / w, y / w] : null;
}

// The inverse, scaled so that the given pixel has depth 1.
function inverse([a, b, c, d, e, f, g, h, i], [u, v]) {
  const adjoint = [
    e * i - f * h, c * h - b * i, b * f - c * e,
    f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d,
  ];
  const depth = adjoint[6] * u + adjoint[7] * v + adjoint[8];
  return adjoint.map((value) => value / depth);
}
