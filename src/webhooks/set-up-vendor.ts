import type { Piece, Present, SetupContext, SetupPlan, WebhookSetup } from '../connectors/webhooks.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { messageOf } from '../kernel/errors.ts';

/** The vendor of one instance, and what set-up tells of itself on the way. */
export interface VendorSide {
  setup: WebhookSetup;
  context: SetupContext;
  /** @throws what `Vendor.call` throws, and when the lease of the set-up is lost. */
  call: (request: VendorRequest) => Promise<VendorResponse>;
  /** Keeps what exists now, for a process that dies before the end. */
  note: (pieces: readonly Present[]) => Promise<void>;
  warn: (details: { kind: string; name: string; reason: string }) => void;
}

export interface Known {
  /** What this instance set up earlier, whatever became of it. */
  pieces: readonly Present[];
  /** The vendor's webhooks must prove themselves with what the instance's configuration says. */
  demandsOwnProof: boolean;
}

export type SetupOutcome =
  | { state: 'set_up'; pieces: Present[]; isChanged: boolean; basic: Present['basic'] }
  | { state: 'manual'; reason: string }
  | { state: 'impossible'; reason: string };

/**
 * Makes what exists at the vendor equal to what is wanted: keeps (or adopts) what is there, wakes what sleeps, creates
 * what is missing, then removes what is too much. Repeated, it changes nothing. When something fails, what this run
 * created is removed in reverse, and the failure thrown.
 * @throws what `call` and the readers throw.
 */
export async function setUpVendor(side: VendorSide, known: Known): Promise<SetupOutcome> {
  const plan = await look(side);
  if ('manual' in plan) return { state: 'manual', reason: plan.manual };
  if ('impossible' in plan) return { state: 'impossible', reason: plan.impossible };
  const usable = usablePieces(side, plan, known);
  const kept: Present[] = [];
  const created: Present[] = [];
  let isChanged = false;
  try {
    for (const piece of plan.wanted) {
      const found = usable.find((one) => one.kind === piece.kind && one.name === piece.name);
      if (found !== undefined && (await isAwake(side, found))) {
        isChanged ||= found.state === 'asleep';
        kept.push({ ...found, state: 'live' });
        continue;
      }
      const made = await create(side, piece, created);
      kept.push(made);
      isChanged = true;
      await side.note([...known.pieces, ...kept]);
    }
  } catch (error) {
    await removeAll(side, created);
    throw error;
  }
  const isKept = (one: Present): boolean => kept.some(({ kind, id }) => kind === one.kind && id === one.id);
  const surplus = [...plan.present, ...known.pieces].filter((one) => !isKept(one));
  await removeAll(side, unique(surplus));
  return {
    state: 'set_up',
    pieces: kept,
    isChanged,
    basic: kept.find(({ basic }) => basic !== undefined)?.basic,
  };
}

/** Removes everything of ours at the vendor, as far as it lets us; what could not be removed. */
export async function tearDownVendor(side: VendorSide, pieces: readonly Present[]): Promise<Present[]> {
  let present: readonly Present[] = [];
  try {
    const plan = await look(side);
    if ('present' in plan) ({ present } = plan);
  } catch (error) {
    side.warn({ kind: 'list', name: 'what is set up', reason: messageOf(error) });
  }
  return removeAll(side, unique([...present, ...pieces]));
}

async function look({ setup, context, call }: VendorSide): Promise<SetupPlan> {
  const answers: VendorResponse[] = [];
  for (const request of setup.survey(context)) answers.push(await call(request));
  return setup.plan(answers, context);
}

/**
 * Those that prove themselves as they should. One made by somebody else is adopted with what it sends, when it serves
 * alone and the instance demands nothing of its own; else ours takes its place.
 */
function usablePieces(
  { context }: VendorSide,
  { wanted, present }: { wanted: readonly Piece[]; present: readonly Present[] },
  known: Known,
): Present[] {
  const isOurs = ({ kind, id, basic }: Present): boolean =>
    basic === undefined ||
    (basic?.username === context.basic.username && basic.password === context.basic.password) ||
    // Should the vendor hide passwords one day.
    (basic !== null &&
      /^\*+$/.test(basic.password) &&
      known.pieces.some((one) => one.kind === kind && one.id === id));
  const serving = present.filter((one) =>
    wanted.some(({ kind, name }) => one.kind === kind && one.name === name),
  );
  const ours = serving.filter(isOurs);
  const foreign = serving.find((one) => !isOurs(one));
  const canAdopt =
    ours.length === 0 &&
    !known.demandsOwnProof &&
    wanted.length === 1 &&
    !/^\*+$/.test(foreign?.basic?.password ?? '');
  return canAdopt && foreign !== undefined ? [foreign] : ours;
}

async function isAwake({ setup, context, call }: VendorSide, found: Present): Promise<boolean> {
  if (found.state === 'live') return true;
  if (setup.wake === undefined) return false;
  return setup.wake.read(await call(setup.wake.request(found, context)));
}

async function create(side: VendorSide, piece: Piece, created: Present[]): Promise<Present> {
  const { setup, context, call } = side;
  const made = setup.readCreated(await call(setup.create(piece, context)), piece);
  created.push(made);
  if (!(await isAwake(side, made))) {
    throw new Error(`the vendor could not reach ${context.url} while it created ${piece.name}`);
  }
  return { ...made, state: 'live' };
}

/** The last one first. */
async function removeAll(side: VendorSide, pieces: readonly Present[]): Promise<Present[]> {
  const left: Present[] = [];
  for (const one of pieces.toReversed()) {
    try {
      await side.call(side.setup.remove(one, side.context));
    } catch (error) {
      left.push(one);
      side.warn({ kind: one.kind, name: one.name, reason: messageOf(error) });
    }
  }
  return left;
}

function unique(pieces: readonly Present[]): Present[] {
  return [...new Map(pieces.map((one) => [`${one.kind} ${one.id}`, one])).values()];
}
