/** The part of uPlot that the page uses; see https://github.com/leeoniya/uPlot. */
export default class uPlot {
  constructor(options: object, data: readonly (readonly (number | null)[])[], place: HTMLElement);
  setData(data: readonly (readonly (number | null)[])[]): void;
  destroy(): void;
  setSize(size: { readonly width: number; readonly height: number }): void;
}
