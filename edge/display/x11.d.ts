/** The part of npm `x11` 4.2 (untyped) that Nearcade uses. Resource ids, atoms and times are X CARD32 numbers. */
declare module 'x11' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  export interface XEvent {
    readonly type: number
    readonly name?: string
    readonly wid?: number
    readonly keycode?: number
    readonly buttons?: number
    readonly x?: number
    readonly y?: number
    readonly rootx?: number
    readonly rooty?: number
    readonly atom?: number
    readonly state?: number
    readonly time?: number
    readonly damage?: number
    readonly rawData: Buffer
  }

  export interface Screen {
    readonly root: number
    readonly white_pixel: number
    readonly black_pixel: number
    readonly root_visual: number
    readonly root_depth: number
    readonly pixel_width: number
    readonly pixel_height: number
  }

  export interface XDisplay {
    readonly screen: readonly Screen[]
    readonly client: XClient
    readonly min_keycode: number
    readonly max_keycode: number
  }

  export interface XProperty {
    readonly type: number
    readonly format: number
    readonly bytesAfter: number
    readonly data: Buffer
  }

  export type Callback<T> = (error: Error | null | undefined, result: T) => unknown

  export interface XClient extends EventEmitter {
    readonly display: XDisplay
    readonly stream: Socket
    /** What `InternAtom` has learnt, by name. */
    atoms: Record<string, number>
    /** `flush` writes what is buffered now, in one socket write. */
    readonly pack_stream: { flush(): boolean }
    on(event: 'event', listener: (event: XEvent) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'end', listener: () => void): this
    require(extension: 'xtest', callback: Callback<XTest>): void
    require(extension: 'damage', callback: Callback<XDamage>): void
    require(extension: 'fixes', callback: Callback<XFixes>): void
    AllocID(): number
    ReleaseID(id: number): void
    sync(): Promise<void>
    terminate(): void
    InternAtom(onlyIfExists: boolean, name: string, callback: Callback<number>): void
    ChangeProperty(
      mode: 0 | 1 | 2,
      wid: number,
      name: number,
      type: number,
      format: 8 | 16 | 32,
      data: Buffer | number[],
    ): void
    GetProperty(
      del: 0 | 1,
      wid: number,
      name: number,
      type: number,
      offset: number,
      length: number,
      callback: Callback<XProperty>,
    ): void
    CreateWindow(
      id: number,
      parent: number,
      x: number,
      y: number,
      width: number,
      height: number,
      borderWidth: number,
      depth: number,
      kind: number,
      visual: number,
      values: Record<string, number>,
    ): void
    ChangeWindowAttributes(wid: number, values: Record<string, number>): void
    MapWindow(wid: number): void
    DestroyWindow(wid: number): void
    SetInputFocus(wid: number, revertTo: number): void
    CreateGC(id: number, drawable: number, values: Record<string, number>): void
    ChangeGC(id: number, values: Record<string, number>): void
    PolyFillRectangle(drawable: number, gc: number, rectangles: readonly number[]): void
    CopyArea(
      srcDrawable: number,
      dstDrawable: number,
      gc: number,
      srcX: number,
      srcY: number,
      dstX: number,
      dstY: number,
      width: number,
      height: number,
    ): void
    OpenFont(id: number, name: string): void
    PolyText8(drawable: number, gc: number, x: number, y: number, items: readonly string[]): void
    ImageText8(drawable: number, gc: number, x: number, y: number, text: string): void
    CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void
    CreateCursor(
      id: number,
      source: number,
      mask: number,
      fore: { R: number; G: number; B: number },
      back: { R: number; G: number; B: number },
      x: number,
      y: number,
    ): void
    WarpPointer(
      src: number,
      dst: number,
      srcX: number,
      srcY: number,
      srcWidth: number,
      srcHeight: number,
      dstX: number,
      dstY: number,
    ): void
    QueryPointer(
      wid: number,
      callback: Callback<{ rootX: number; rootY: number; keyMask: number; child: number }>,
    ): void
    QueryKeymap(callback: Callback<Buffer>): void
    /** Children in stacking order, the uppermost last. */
    QueryTree(wid: number, callback: Callback<{ children: readonly number[] }>): void
    GetWindowAttributes(wid: number, callback: Callback<{ mapState: number }>): void
    GetGeometry(
      drawable: number,
      callback: Callback<{ xPos: number; yPos: number; width: number; height: number }>,
    ): void
    ChangeKeyboardMapping(firstKeycode: number, perKeycode: number, keysyms: readonly number[]): void
    GetKeyboardMapping(firstKeycode: number, count: number, callback: Callback<number[][]>): void
    ChangeKeyboardControl(values: Record<string, number>): void
  }

  export interface XTest {
    readonly KeyPress: 2
    readonly KeyRelease: 3
    readonly ButtonPress: 4
    readonly ButtonRelease: 5
    readonly MotionNotify: 6
    /** For MotionNotify `detail` 1 makes x and y relative; a `root` of 0 is the screen the pointer is on. */
    FakeInput(type: 2 | 3 | 4 | 5 | 6, detail: number, time: number, root: number, x: number, y: number): void
  }

  export interface XRectangle {
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  }

  export interface XFixes {
    CreateRegion(id: number, rectangles: readonly XRectangle[]): void
    FetchRegion(id: number, callback: Callback<{ extents: XRectangle; rectangles: XRectangle[] }>): void
  }

  export interface XDamage {
    readonly ReportLevel: {
      readonly RawRectangles: 0
      readonly DeltaRectangles: 1
      readonly BoundingBox: 2
      readonly NonEmpty: 3
    }
    QueryVersion(major: number, minor: number, callback: Callback<[number, number]>): void
    Create(id: number, drawable: number, level: 0 | 1 | 2 | 3): void
    Destroy(id: number): void
    Subtract(id: number, repair: number, parts: number): void
  }

  export interface ClientOptions {
    readonly display?: string
    readonly stream?: Socket
    readonly auth?: { readonly name: string; readonly data: string }
    /** Batches requests until the event loop polls; `pack_stream.flush()` sends them at once. */
    readonly bufferRequests?: boolean
    readonly shm?: false
    readonly disableBigRequests?: boolean
  }

  const x11: {
    createClient(
      options: ClientOptions,
      callback: (error: Error | undefined, display: XDisplay) => void,
    ): XClient
    readonly eventMask: Record<string, number>
  }
  export default x11
}
