/** Languages whose stack traces are known. */
export const traceLanguages = ['java', 'python', 'go', 'node'] as const;
export type TraceLanguage = (typeof traceLanguages)[number];

/** How far into a trace a line is; `any` is a line that is none, or might be the first of one. */
export type TraceState =
  | 'any'
  | 'frames'
  | 'properties'
  | 'pythonFrames'
  | 'pythonEnd'
  | 'pythonBlank'
  | 'pythonChained'
  | 'goPanic'
  | 'go'
  | 'nodeFile'
  | 'nodeSource'
  | 'nodeCaret'
  | 'nodeError'
  | 'nodeFrames'
  | 'nodeProperties'
  | 'nodeEnd'
  | 'done';

type Rule = readonly [languages: string, line: RegExp, state: TraceState];

const frame = /^\s+at \S/;
const frameWithProperties = /^\s+(at|\.\.\.) .* \{$/;
/** util.inspect leaves out of an error what its cause has as well. */
const matchingFrames = /^\s+\.\.\. \d+ lines? matching cause stack trace \.\.\.$/;
const traceback = /^\s*(\+ )?(Exception Group )?Traceback \(most recent call last\):$/;

/** What java.lang.Throwable#printStackTrace and logback print behind the first line. */
const javaFrames: readonly Rule[] = [
  ['java', frame, 'frames'],
  ['java', /^\s*(Caused by|Suppressed|Wrapped by): /, 'frames'],
  ['java', /^\s*\.\.\. \d+ (more|common frames omitted)/, 'frames'],
];

/** What V8 prints for an error, with the properties that Node's inspect adds. */
const errorFrames: readonly Rule[] = [
  ['node', frameWithProperties, 'properties'],
  ['node', frame, 'frames'],
  ['node', matchingFrames, 'frames'],
];

/** Lines a record can begin with so that more than frames may follow. */
const heads: readonly Rule[] = [
  ['python', traceback, 'pythonFrames'],
  ['go', /^(panic: |fatal error: |runtime: |goroutine \d+ .*:$|SIG[A-Z]+: |unexpected fault address )/, 'go'],
  ['go', /\bpanic\b/, 'goPanic'],
  // What Node prints first of an uncaught exception: where it was thrown.
  ['node', /^(file:\/\/|\/|node:)\S+:\d+$/, 'nodeFile'],
  ...errorFrames,
  ...javaFrames,
];

/** By state: which lines go on with the record, and the state behind them. Anything else begins a new one. */
const continuations: Readonly<Record<TraceState, readonly Rule[]>> = {
  any: [...errorFrames, ...javaFrames],
  frames: [...errorFrames, ...javaFrames],
  properties: [
    ['node', /^\s+\S/, 'properties'],
    ['node', /^\}/, 'frames'],
  ],
  pythonFrames: [
    ['python', /^\s+\S/, 'pythonFrames'],
    ['python', /^[A-Za-z_][\w.]*(:|$)/, 'pythonEnd'],
  ],
  pythonEnd: [
    ['python', /^\s+\S/, 'pythonEnd'],
    ['python', /^$/, 'pythonBlank'],
  ],
  pythonBlank: [['python', /^(During handling of|The above exception was)/, 'pythonChained']],
  pythonChained: [
    ['python', /^$/, 'pythonChained'],
    ['python', traceback, 'pythonFrames'],
  ],
  // net/http and others log a panic they have recovered from as a line of their own, the stack right behind it.
  goPanic: [['go', /^goroutine \d+ /, 'go'], ...errorFrames, ...javaFrames],
  go: [
    [
      'go',
      /^(|\t.*|goroutine \d+ .*|\[signal .*|created by .*|(panic|fatal error): .*|runtime stack:|\.\.\..* elided\.\.\.)$/,
      'go',
    ],
    // A function with its arguments; a register of a fatal signal.
    ['go', /^(\S+\(.*\)|[a-z]\w{1,6} +0x[0-9a-f]+)$/, 'go'],
  ],
  nodeFile: [['node', /^/, 'nodeSource']],
  nodeSource: [['node', /^\s*\^+\s*$/, 'nodeCaret']],
  nodeCaret: [
    ['node', /^$/, 'nodeCaret'],
    ['node', /^/, 'nodeError'],
  ],
  // The process is about to end: whatever comes before the frames is the error's message.
  nodeError: [
    ['node', frameWithProperties, 'nodeProperties'],
    ['node', frame, 'nodeFrames'],
    ['node', /^Node\.js v\d/, 'done'],
    ['node', /^/, 'nodeError'],
  ],
  nodeFrames: [
    ['node', frameWithProperties, 'nodeProperties'],
    ['node', frame, 'nodeFrames'],
    ['node', matchingFrames, 'nodeFrames'],
    ['node', /^$/, 'nodeEnd'],
  ],
  nodeProperties: [
    ['node', /^\s+\S/, 'nodeProperties'],
    ['node', /^\}/, 'nodeFrames'],
  ],
  nodeEnd: [['node', /^Node\.js v\d/, 'done']],
  done: [],
};

const states = Object.keys(continuations) as TraceState[];

/** Decides which lines belong to the record before them, for the languages of one container. */
export class TraceRules {
  /** The languages, as they are written in settings: `java+node`. */
  readonly name: string;
  readonly #heads: readonly Rule[];
  readonly #continuations: ReadonlyMap<TraceState, readonly Rule[]>;

  constructor(languages: readonly TraceLanguage[]) {
    this.name = traceLanguages.filter((each) => languages.includes(each)).join('+');
    const spoken = (rules: readonly Rule[]) =>
      rules.filter(([name]) => (languages as readonly string[]).includes(name));
    this.#heads = spoken(heads);
    this.#continuations = new Map(states.map((state) => [state, spoken(continuations[state])]));
  }

  /**
   * The state behind the first line of a record; `undefined` if nothing can follow, so that nobody has to wait for it:
   * a log of JSON objects is not held up by being listed here.
   */
  begin(line: string): TraceState | undefined {
    if (line.startsWith('{')) return undefined;
    return stateBehind(this.#heads, line) ?? 'any';
  }

  /** The state behind a line that goes on with the record; `undefined` if it does not. */
  next(state: TraceState, line: string): TraceState | undefined {
    return stateBehind(this.#continuations.get(state) ?? [], line);
  }
}

function stateBehind(rules: readonly Rule[], line: string): TraceState | undefined {
  for (const [, pattern, state] of rules) if (pattern.test(line)) return state;
  return undefined;
}

const known = new Map<string, TraceRules>();

/** The rules for `java+node` and the like; always the same object for the same languages. */
export function traceRulesOf(name: string): TraceRules {
  let rules = known.get(name);
  if (rules === undefined) {
    rules = new TraceRules(name.split('+').filter(isTraceLanguage));
    known.set(name, rules);
  }
  return rules;
}

function isTraceLanguage(name: string): name is TraceLanguage {
  return (traceLanguages as readonly string[]).includes(name);
}
