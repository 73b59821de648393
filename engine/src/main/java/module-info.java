/// Rondo, an engine for recurrent neural networks: it trains them and serves them as streams.
///
/// Nothing outside the JDK is required. Flight Recorder is used where it is there.
module dev.rondo.engine {
  requires jdk.incubator.vector;
  requires static jdk.jfr;

  exports dev.rondo.autograd;
  exports dev.rondo.check;
  exports dev.rondo.data;
  exports dev.rondo.decode;
  exports dev.rondo.io;
  exports dev.rondo.kernel;
  exports dev.rondo.model;
  exports dev.rondo.nn;
  exports dev.rondo.nn.init;
  exports dev.rondo.nn.loss;
  exports dev.rondo.nn.recurrent;
  exports dev.rondo.optim;
  exports dev.rondo.random;
  exports dev.rondo.stream;
  exports dev.rondo.tensor;
  exports dev.rondo.train;
}
