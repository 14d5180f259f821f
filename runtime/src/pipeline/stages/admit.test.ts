import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../kernel/index.ts';
import { Pace } from '../../resilience/pace.ts';
import { classes } from '../admission/levels.ts';
import { Process } from './test-process.ts';

const [criticalPlus, critical, sheddablePlus, sheddable] = [0, 1, 2, 3] as const;

describe('a process at ease', () => {
  it('runs a request at once', () => {
    const it = new Process();
    it.request(sheddable, 'a');
    expect(it.ran).toEqual(['a']);
  });

  it('lets requests wait once it has been busy for 5 ms without reading sockets', () => {
    const it = new Process();
    for (const name of ['a', 'b', 'c', 'd']) it.request(critical, name);
    expect(it.ran).toEqual(['a', 'b']);
    it.turn();
    expect(it.ran).toEqual(['a', 'b', 'c', 'd']);
    it.pass(1);
    it.request(critical, 'e');
    expect(it.ran.at(-1)).toBe('e');
  });

  it('works on what waits for 5 ms at most before sockets are read again', () => {
    const it = new Process();
    it.flood(critical, 12);
    it.turn();
    expect(it.ran).toHaveLength(4);
    it.turn();
    expect(it.ran).toHaveLength(6);
  });

  it('lets a newcomer wait behind those who wait', () => {
    const it = new Process();
    it.flood(critical, 12);
    it.turn();
    it.request(critical, 'late');
    expect(it.ran).not.toContain('late');
    it.turns();
    expect(it.ran.at(-1)).toBe('late');
  });

  it('serves the highest class first', () => {
    const it = new Process();
    it.flood(sheddable, 3);
    it.request(sheddablePlus, 'reads');
    it.request(critical, 'writes');
    it.request(criticalPlus, 'pays');
    it.turns();
    expect(it.ran).toEqual(['sheddable 0', 'sheddable 1', 'pays', 'writes', 'reads', 'sheddable 2']);
  });
});

describe('a busy process', () => {
  it('reads sockets until they bring nothing more before it works on: the class decides, not the order of reading', () => {
    const it = new Process();
    it.request(critical, 'first');
    it.workMs = 9;
    it.request(sheddable, 'second');
    // From now on one connection is handed out in each turn.
    for (const [at, name] of [
      [sheddable, 'reads'],
      [sheddable, 'reads too'],
      [critical, 'writes'],
    ] as const) {
      it.admission.noteConnection();
      it.read();
      it.request(at, name);
    }
    it.turns();
    expect(it.ran).toEqual(['first', 'second', 'writes', 'reads', 'reads too']);
  });

  it('reads for 5 ms at most before it works on', () => {
    const it = new Process();
    it.flood(critical, 3);
    for (let n = 0; n < 20; n++) {
      it.pass(1);
      it.request(critical, `more ${n}`);
      it.read();
    }
    expect(it.ran.length).toBeGreaterThan(4);
    expect(it.admission.waiting).toBeGreaterThan(0);
  });

  it('runs a request at once again when a turn brought nothing', () => {
    const it = new Process();
    it.workMs = 30;
    it.request(critical, 'a');
    it.turns();
    it.request(sheddable, 'b');
    expect(it.ran).toEqual(['a', 'b']);
  });
});

describe('the queues are bounded', () => {
  it.each([
    [criticalPlus, 256],
    [critical, 128],
    [sheddablePlus, 64],
    [sheddable, 32],
  ])('class %i holds %i and refuses one more', (at, room) => {
    const it = new Process();
    it.request(at, 'first');
    it.request(at, 'second');
    it.flood(at, room);
    expect(it.refused).toEqual([]);
    it.request(at, 'one more');
    expect(it.refused).toEqual(['one more']);
  });

  it('one caller holds a quarter of a queue at most, whoever it is known by', () => {
    const it = new Process();
    it.flood(sheddable, 2);
    for (let n = 0; n < 12; n++) it.request(sheddable, `address ${n}`, { who: '10.0.0.1' });
    for (const name of ['authorization', 'cookie'])
      for (let n = 0; n < 12; n++)
        it.request(sheddable, `${name} ${n}`, { headers: { [name]: `my ${name}` }, who: `10.0.1.${n}` });
    it.request(sheddable, 'somebody else');
    expect([it.refused.length, it.admission.waiting]).toEqual([12, 25]);
  });

  it('those who never took an answer hold half of a queue at most, and so do those who were refused', () => {
    const it = new Process();
    it.flood(sheddable, 2);
    for (let n = 0; n < 20; n++) it.request(sheddable, `new ${n}`, { isUnproven: true });
    expect([it.refused.length, it.admission.waiting]).toEqual([4, 16]);
    const connection = {};
    it.request(sheddable, 'refused', { connection, isUnproven: true });
    it.request(sheddable, 'and again', { connection });
    expect([it.refused.length, it.admission.waiting]).toEqual([6, 16]);
    it.request(sheddable, 'somebody known');
    expect(it.admission.waiting).toBe(17);
  });

  it('two thousand are under way at most, and the level says so from nine tenths on', () => {
    const it = new Process();
    it.workMs = 0;
    const levels: number[] = [];
    for (let n = 1; n <= 2_001; n++) {
      it.request(critical, `held ${n}`, { stays: true });
      if ([1_800, 1_900, 2_000].includes(n)) levels.push(Math.round(it.admission.level * 100) / 100);
    }
    expect([it.admission.underWay, it.admission.waiting, levels]).toEqual([2_000, 1, [0, 0.5, 1]]);
  });

  it('what waits for a place under way is woken when one is given back', () => {
    const it = new Process(1);
    const x = it.request(critical, 'held', { stays: true });
    it.turns();
    it.request(critical, 'waits');
    expect([it.ran, it.isIdle]).toEqual([['held'], true]);
    it.admission.release(x, it.nowMs);
    it.turns();
    expect(it.ran).toEqual(['held', 'waits']);
  });
});

describe('a wait that stands', () => {
  it('turns the queue round: who came last is served first', () => {
    const it = new Process(1);
    const x = it.request(critical, 'held', { stays: true });
    for (let n = 0; n < 8; n++) it.request(critical, `old ${n}`);
    it.pass(50);
    it.admission.release(x, it.nowMs);
    it.turn();
    for (let n = 0; n < 30; n++) {
      it.request(critical, `new ${n}`);
      it.request(critical, `newer ${n}`);
      it.turn();
    }
    expect(it.ran.slice(0, 3)).toEqual(['held', 'old 0', 'old 1']);
    expect(it.ran.slice(-2).every((name) => name.startsWith('new'))).toBe(true);
  });

  it('ends with 503 for those whose time is no longer enough', () => {
    const it = new Process();
    const pace = new Pace();
    pace.note(40);
    it.flood(critical, 2);
    it.request(critical, 'short', { timeoutMs: 60, pace });
    it.request(critical, 'long', { timeoutMs: 200, pace });
    it.pass(30);
    it.turns();
    expect([it.refused, it.ran.at(-1)]).toEqual([['short'], 'long']);
  });

  it('ends for them within 100 ms also while nothing is taken', () => {
    const it = new Process(1);
    it.request(critical, 'held', { stays: true });
    it.request(critical, 'lost', { timeoutMs: 150 });
    it.pass(160);
    it.request(critical, 'next');
    expect([it.refused, it.admission.waiting]).toEqual([['lost'], 1]);
  });

  it('costs nothing for a caller who has gone', () => {
    const it = new Process();
    it.flood(critical, 2);
    const gone = it.request(critical, 'gone', { gone: true });
    const ends: unknown[] = [];
    gone.span = { end: (...end: unknown[]) => ends.push(end) } as unknown as NonNullable<typeof gone.span>;
    it.turns();
    expect([it.ran.includes('gone'), it.refused, gone.answered]).toEqual([false, [], true]);
    expect(ends).toEqual([[{ 'error.type': 'caller-gone' }, true]]);
  });
});

/** Part of a thousand requests, one by one, that is refused. */
const share = (it: Process, at: number): number => {
  const before = it.refused.length;
  for (let n = 0; n < 1_000; n++) {
    it.request(at, `${classes[at]} ${n}`);
    it.pass(0.01);
    it.turns();
  }
  return (it.refused.length - before) / 1_000;
};

describe('a level above the threshold of a class', () => {
  it.each([
    [0.9, [0, 0, 0.5, 1]],
    [0.93, [0, 0.5, 1, 1]],
    [0.95, [0.25, 1, 1, 1]],
  ])('with the heap at %f refuses the shares %j', (heap, shares) => {
    classes.forEach((_, at) => {
      const it = new Process();
      it.workMs = 0;
      it.heap = heap;
      expect(share(it, at)).toBeCloseTo(shares[at] ?? 0, 1);
    });
  });

  it('refuses reads while the database pool has been waited for, although the loop is idle', () => {
    const it = new Process();
    it.workMs = 0;
    it.poolWaitMs = 275;
    expect([share(it, critical), share(it, sheddable)]).toEqual([0, 1]);
    expect(share(it, sheddablePlus)).toBeCloseTo(0.5, 1);
  });

  it('refuses the sheddable of a saturated process and nothing else', () => {
    const it = new Process();
    it.workMs = 0;
    it.loop = 1;
    expect(classes.map((_, at) => share(it, at))).toEqual([0, 0, 0, 1]);
  });

  it('counts what nobody asked for yet as sheddable', () => {
    const it = new Process();
    it.loop = 1;
    it.request(sheddablePlus, 'asked');
    it.request(sheddablePlus, 'prefetched', { headers: { 'sec-purpose': 'prefetch;prerender' } });
    expect([it.ran, it.refused]).toEqual([['asked'], ['prefetched']]);
  });

  it('is felt by what is no operation, too, by its criticality', () => {
    const it = new Process();
    const refusedOf = (criticality: (typeof classes)[number]): unknown[] => {
      const told = Array.from({ length: 400 }, () => it.admission.refusalOf(criticality));
      return [...new Set(told.map((refusal) => String(refusal?.retryAfterS)))].toSorted();
    };
    expect(classes.map(refusedOf)).toEqual(classes.map(() => ['undefined']));
    const whole = ['1', '2', '3', '4', '5'];
    it.poolWaitMs = 320;
    it.pass(100);
    expect(classes.map(refusedOf)).toEqual([['undefined'], ['undefined'], whole, whole]);
    it.poolWaitMs = 275;
    it.pass(100);
    expect(refusedOf('sheddable-plus')).toEqual([...whole, 'undefined']);
    it.admission.drain();
    expect(it.admission.refusalOf('critical-plus')).toEqual({ code: 'draining', retryAfterS: 2 });
  });

  it('is felt anew every 100 ms, and is over when the cause is', () => {
    const it = new Process();
    it.loop = 1;
    it.request(sheddable, 'a');
    it.loop = 0;
    it.pass(99);
    it.request(sheddable, 'b');
    it.pass(1);
    it.request(sheddable, 'c');
    expect([it.refused, it.ran]).toEqual([['a', 'b'], ['c']]);
  });

  it('keeps new connections waiting only when even critical work is refused, or memory ends', () => {
    const it = new Process();
    it.loop = 1;
    it.pass(100);
    expect(it.admission.isClosed).toBe(false);
    // 50 to 500 ms are 0 to 1.
    it.poolWaitMs = 454;
    it.pass(100);
    expect(it.admission.isClosed).toBe(false);
    it.poolWaitMs = 455;
    it.pass(100);
    expect(it.admission.isClosed).toBe(true);
    it.poolWaitMs = 0;
    it.pass(100);
    expect([it.admission.isClosed, it.admission.endsConnections]).toEqual([false, false]);
    it.heap = 0.919;
    it.pass(100);
    expect(it.admission.endsConnections).toBe(false);
    it.heap = 0.92;
    it.pass(100);
    expect([it.admission.isClosed, it.admission.endsConnections]).toEqual([false, true]);
    // 85 to 95 % are 0 to 1, too.
    for (const [heap, isClosed] of [
      [0.939, false],
      [0.941, true],
      [0.95, true],
    ] as const) {
      it.heap = heap;
      it.pass(100);
      expect(it.admission.isClosed).toBe(isClosed);
    }
  });
});

describe('thousands who ask and never take an answer', () => {
  it('are refused themselves; who asks now and then and takes what comes is not, and waits for a slice at most', () => {
    const it = new Process();
    let [asked, n] = [0, 0];
    const endMs = it.nowMs + 5_000;
    let dueMs = it.nowMs;
    while (it.nowMs < endMs) {
      for (let k = 0; k < 5; k++) it.request(sheddablePlus, `deaf ${n++}`, { isUnproven: true });
      if (it.nowMs >= dueMs) {
        it.request(sheddablePlus, `good ${asked++}`);
        dueMs += 40;
      }
      it.turn();
    }
    it.turns();
    expect(asked).toBeGreaterThan(100);
    expect(it.refused.filter((name) => name.startsWith('good'))).toEqual([]);
    expect(it.ran.filter((name) => name.startsWith('good'))).toHaveLength(asked);
    expect(it.refused.length).toBeGreaterThan(n / 2);
  });

  it('are refused by how long their own line waits, too, while the others are not', () => {
    const it = Object.assign(new Process(), { workMs: 20 });
    for (let n = 0; it.nowMs < 9_000; n++) {
      for (let k = 0; k < 2 && it.admission.waiting < 10; k++)
        it.request(sheddable, `new ${n} ${k}`, { isUnproven: true });
      if (n % 10 === 0) it.request(sheddable, `known ${n}`);
      it.pass(80);
      it.turn();
    }
    expect(it.refused.length).toBeGreaterThan(10);
    expect(it.refused.filter((name) => name.startsWith('known'))).toEqual([]);
  });
});

describe('a connection', () => {
  it('ends with the second refusal in a row, not with two apart', () => {
    const it = new Process();
    const connection = {};
    it.loop = 1;
    it.request(sheddable, 'a', { connection });
    it.request(critical, 'b', { connection });
    it.request(sheddable, 'c', { connection });
    expect(it.last).toEqual([]);
    it.request(sheddable, 'd', { connection });
    expect(it.last).toEqual(['d']);
  });
});

describe('five times too much for ten seconds', () => {
  it('refuses nothing critical while that is four fifths of what can be done, and fills the rest', () => {
    const it = new Process();
    const random = seededRandom(5);
    const dueMs = [it.nowMs, it.nowMs];
    // Capacity: one in 3 ms. Critical: one in 3.75 ms; reads: 4.2 in 3 ms.
    const gapsMs = [3.75, 3 / 4.2];
    const endMs = it.nowMs + 10_000;
    const waitsMs: number[] = [];
    for (let n = 0; it.nowMs < endMs; n++) {
      for (const [kind, at] of [critical, sheddablePlus].entries()) {
        while ((dueMs[kind] as number) <= it.nowMs) {
          const x = it.request(at, `${classes[at]} ${n}`, { who: `caller ${random.int(1_000)}` });
          if (x.admittedMs >= 0) waitsMs.push(it.nowMs - (dueMs[kind] as number));
          dueMs[kind] = (dueMs[kind] as number) - Math.log(1 - random.next()) * (gapsMs[kind] as number);
        }
      }
      const before = it.nowMs;
      it.turn();
      if (it.nowMs === before) it.pass(0.1);
    }
    expect(it.refusedOf(critical)).toBe(0);
    expect(it.refusedOf(sheddablePlus)).toBeGreaterThan(5_000);
    expect(it.ran.length).toBeGreaterThan((10_000 / 3) * 0.97);
  });
});
