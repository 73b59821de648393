package dev.rondo.random;

/// Random numbers as a pure function of a key and a counter: Threefry-2x32 with 20 rounds.
///
/// Draw `i` of a generator is the output of the block cipher for `(key, i)`. The state is therefore
/// exactly [#key()] and [#counter()]: save both to continue later. Any draw can be computed without
/// those before it ([#bits(long, long)], which kernels use). Equal states give equal numbers on
/// every machine: the rounds are additions, rotations and exclusive ors, and logarithm and cosine
/// are those of `StrictMath`.
///
/// The number of blocks of each call; each block advances the counter by one:
///
/// | call | blocks |
/// |---|---|
/// | [#nextInt()], [#nextFloat()], [#nextLong()], [#nextDouble()], [#next()] | 1 |
/// | [#nextGaussian()] | 2 |
/// | [#nextInt(int)] | 1, seldom more |
/// | [#shuffle(int\[\])] | at least one less than the array is long |
/// | [#fork(long)] | 0 |
///
/// One thread at a time uses a generator; give each part its own with [#next()] or [#fork(long)].
/// Not for cryptography.
///
/// Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011; the same function as `threefry2x32` of Random123 and of JAX.
public final class CounterRandom {
  /// The constant of the key schedule (Random123's `SKEIN_KS_PARITY32`).
  private static final int PARITY = 0x1BD11BDA;

  /// The block that [#fork(long)] starts from: the last one, which no sequence of draws reaches.
  private static final long FORK_COUNTER = -1L;

  private static final float FLOAT_UNIT = 0x1p-24f;
  private static final double DOUBLE_UNIT = 0x1p-53;
  private static final long UNSIGNED_INT = 0xFFFF_FFFFL;

  private final long key;
  private long counter;

  /// A generator at its first draw. The seed is the key; neighbouring seeds are unrelated.
  public CounterRandom(long seed) {
    this(seed, 0);
  }

  private CounterRandom(long key, long counter) {
    this.key = key;
    this.counter = counter;
  }

  /// The generator with this key and counter. It continues with the same numbers.
  public static CounterRandom at(long key, long counter) {
    return new CounterRandom(key, counter);
  }

  /// 32 random bits: word 0 of the block for the key's words (low, high) and the counter's words
  /// (low, high). Equal to `at(key, counter).nextInt()`.
  public static int bits(long key, long counter) {
    return (int) block(key, counter);
  }

  /// Both words of a block: word 0 in the low 32 bits, word 1 in the high 32 bits.
  private static long block(long key, long counter) {
    int a = (int) key;
    int b = (int) (key >>> 32);
    int c = PARITY ^ a ^ b;
    int x = (int) counter + a;
    int y = (int) (counter >>> 32) + b;
    // five times four rounds, each four followed by the next two of the three key words
    for (int injection = 1; injection <= 5; injection++) {
      boolean odd = (injection & 1) != 0;
      x += y;
      y = Integer.rotateLeft(y, odd ? 13 : 17) ^ x;
      x += y;
      y = Integer.rotateLeft(y, odd ? 15 : 29) ^ x;
      x += y;
      y = Integer.rotateLeft(y, odd ? 26 : 16) ^ x;
      x += y;
      y = Integer.rotateLeft(y, odd ? 6 : 24) ^ x;
      int first = a;
      a = b;
      b = c;
      c = first;
      x += a;
      y += b + injection;
    }
    return ((long) y << 32) | (x & UNSIGNED_INT);
  }

  /// The key; it never changes.
  public long key() {
    return key;
  }

  /// The number of the next draw.
  public long counter() {
    return counter;
  }

  /// Skips `draws` blocks that were drawn with [#bits(long, long)].
  ///
  /// @throws IllegalArgumentException if `draws` is negative
  public void skip(long draws) {
    if (draws < 0) {
      throw new IllegalArgumentException("draws must not be negative, was " + draws);
    }
    counter += draws;
  }

  /// 32 random bits.
  public int nextInt() {
    return bits(key, counter++);
  }

  /// A uniformly distributed integer in `[0, bound)`: the upper word of 32 bits times `bound`. The
  /// few products that would favour some results are drawn again.
  ///
  /// Source: D. Lemire, "Fast random integer generation in an interval", 2019.
  ///
  /// @throws IllegalArgumentException if `bound` is not positive
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, was " + bound);
    }
    long product = (nextInt() & UNSIGNED_INT) * bound;
    if ((product & UNSIGNED_INT) < bound) {
      long unfair = (1L << 32) % bound;
      while ((product & UNSIGNED_INT) < unfair) {
        product = (nextInt() & UNSIGNED_INT) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /// 64 random bits: both words of one block.
  public long nextLong() {
    return block(key, counter++);
  }

  /// Uniformly distributed in `[0, 1)`, a multiple of 2⁻²⁴: the upper 24 bits of [#nextInt()].
  public float nextFloat() {
    return (nextInt() >>> 8) * FLOAT_UNIT;
  }

  /// Uniformly distributed in `[0, 1)`, a multiple of 2⁻⁵³: the upper 53 bits of [#nextLong()].
  public double nextDouble() {
    return (nextLong() >>> 11) * DOUBLE_UNIT;
  }

  /// A normally distributed number of mean 0 and variance 1, by the Box-Muller transform:
  ///
  ///     z = √(-2·ln(1 - u))·cos(2π·v)        u, v = nextDouble()
  ///
  /// The second number of the transform, with the sine, is not kept for the next call: there is no
  /// state besides key and counter. No number is further from 0 than 8.6.
  public double nextGaussian() {
    double u = nextDouble();
    double v = nextDouble();
    return StrictMath.sqrt(-2 * StrictMath.log(1 - u)) * StrictMath.cos(2 * StrictMath.PI * v);
  }

  /// An independent generator whose key is the next draw of this one. Use it to give each part (a
  /// layer, a tape, a shuffle) its own generator, in the order in which the parts are made.
  public CounterRandom next() {
    return new CounterRandom(nextLong());
  }

  /// An independent generator that depends only on the key of this one and on `label`, not on
  /// earlier draws. This one does not advance.
  ///
  ///     key = block(block(this.key, 2⁶⁴ - 1), label)
  public CounterRandom fork(long label) {
    return new CounterRandom(block(block(key, FORK_COUNTER), label));
  }

  /// Shuffles `values`; all orders are equally probable (Fisher-Yates).
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  /// Key and counter: `CounterRandom[key=1, counter=0]`.
  @Override
  public String toString() {
    return "CounterRandom[key=" + key + ", counter=" + counter + "]";
  }
}
