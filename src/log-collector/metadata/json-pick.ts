/** The members of an object that are wanted: `true` takes one whole, `[shape]` gives out an array's objects one by one. */
export interface Shape {
  readonly [member: string]: Wanted;
}

type Wanted = true | Shape | readonly [Shape];

export interface JsonPickOptions {
  readonly shape: Shape;
  /** An object of an array that is given out. */
  readonly element?: (value: unknown) => void;
  /** An object of the outermost level is complete; others may follow. */
  readonly complete: (value: unknown) => void;
}

/** An object of which a part is wanted, or an array that is given out, whose end has not come. */
interface Level {
  readonly shape: Shape;
  readonly isArray: boolean;
  /** Where its text begins among what is kept. */
  readonly from: number;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Room for what is kept of a usual object; what a bigger one has needed is let go again. */
const usualBytes = 16_384;

/**
 * Takes what is wanted out of JSON while it arrives and parses only that: memory is a matter of the biggest object's
 * wanted part, however long the text. What is passed over is not checked to be JSON.
 */
export class JsonPick {
  readonly #options: JsonPickOptions;
  readonly #levels: Level[] = [];
  #kept = Buffer.allocUnsafeSlow(usualBytes);
  #length = 0;
  #inName = false;
  #name = '';
  /** Behind a member's name. */
  #valueIsDue = false;
  /** Inside a value that is taken, or passed over, as a whole. */
  #inValue = false;
  #taken = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(options: JsonPickOptions) {
    this.#options = options;
  }

  /** @throws SyntaxError at what is no sequence of JSON objects. */
  push(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; ) {
      if (this.#inValue) i = this.#passValue(chunk, i);
      else if (this.#structure(chunk[i] as number)) i++;
    }
  }

  /** @returns whether the byte has been dealt with; false leaves it to the value that begins with it. */
  #structure(byte: number): boolean {
    if (this.#inName) {
      const ends = byte === quote && !this.#escaped;
      this.#escaped = byte === backslash && !this.#escaped;
      if (!ends) this.#name += String.fromCharCode(byte);
      this.#inName = !ends;
      this.#valueIsDue = ends;
      return true;
    }
    if (byte <= 0x20 || byte === comma || byte === colon) return true;
    const level = this.#levels.at(-1);
    if (level === undefined) {
      if (byte !== openBrace) throw new SyntaxError('this is no JSON object');
      this.#open(this.#options.shape, false);
    } else if (level.isArray) {
      if (byte === closeBracket) this.#close();
      else if (byte === openBrace) this.#open(level.shape, false);
      else this.#begin(undefined);
    } else if (this.#valueIsDue) {
      this.#valueIsDue = false;
      const wanted = Object.hasOwn(level.shape, this.#name) ? level.shape[this.#name] : undefined;
      if (wanted !== undefined) this.#keepName();
      const isArray = Array.isArray(wanted);
      if (isArray && byte === openBracket) this.#open(wanted[0], true);
      else if (!isArray && typeof wanted === 'object' && byte === openBrace) this.#open(wanted as Shape, false);
      else this.#begin(wanted);
    } else if (byte === closeBrace) {
      this.#close();
    } else if (byte === quote) {
      this.#inName = true;
      this.#name = '';
    } else {
      throw new SyntaxError(`a JSON object has ${JSON.stringify(String.fromCharCode(byte))} where a name is due`);
    }
    return !this.#inValue;
  }

  #open(shape: Shape, isArray: boolean): void {
    this.#levels.push({ shape, isArray, from: this.#length });
    this.#keep(isArray ? '[' : '{');
  }

  #close(): void {
    const { from, isArray } = this.#levels.pop() as Level;
    this.#keep(isArray ? ']' : '}');
    const parent = this.#levels.at(-1);
    if (isArray || parent?.isArray === false) return;
    const value: unknown = JSON.parse(this.#kept.toString('utf8', from, this.#length));
    this.#length = from;
    if (from < usualBytes && this.#kept.length > usualBytes) this.#resize(usualBytes);
    if (parent === undefined) this.#options.complete(value);
    else this.#options.element?.(value);
  }

  #begin(wanted: Wanted | undefined): void {
    this.#inValue = true;
    this.#taken = wanted !== undefined;
    this.#depth = 0;
  }

  /** @returns where to go on: behind the value, or behind the chunk when its end has not come. */
  #passValue(chunk: Buffer, from: number): number {
    let i = from;
    let ended = false;
    let [inString, escaped, depth] = [this.#inString, this.#escaped, this.#depth];
    for (; i < chunk.length && !ended; i++) {
      const byte = chunk[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) {
          inString = false;
          ended = depth === 0;
        }
      } else if (byte === quote) {
        inString = true;
      } else if (byte === openBrace || byte === openBracket) {
        depth++;
      } else if (depth === 0 && (byte <= 0x20 || byte === comma || byte === closeBrace || byte === closeBracket)) {
        // A number or word ends at what is not its own.
        this.#inValue = false;
        break;
      } else if (byte === closeBrace || byte === closeBracket) {
        ended = --depth === 0;
      }
    }
    if (ended) this.#inValue = false;
    [this.#inString, this.#escaped, this.#depth] = [inString, escaped, depth];
    if (this.#taken) {
      this.#room(this.#length + i - from);
      this.#length += chunk.copy(this.#kept, this.#length, from, i);
    }
    return i;
  }

  #keepName(): void {
    this.#keep(`${this.#kept[this.#length - 1] === openBrace ? '' : ','}"${this.#name}":`);
  }

  #keep(text: string): void {
    this.#room(this.#length + text.length);
    this.#length += this.#kept.write(text, this.#length, 'latin1');
  }

  #room(bytes: number): void {
    if (bytes > this.#kept.length) this.#resize(Math.max(bytes, 2 * this.#kept.length));
  }

  #resize(bytes: number): void {
    const other = Buffer.allocUnsafeSlow(bytes);
    this.#kept.copy(other, 0, 0, this.#length);
    this.#kept = other;
  }
}
