package dev.rondo.tools;

import dev.rondo.tools.lm.LmCommand;
import dev.rondo.tools.task.TaskCommand;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `rondo` command: its subcommands, its help, and its reports of errors.
///
/// Results go to standard output, everything else to standard error. The exit code is 0, or 1 if
/// the work failed, or 2 if the command line was wrong. Each failure is reported in one line;
/// `--debug` adds the stack trace.
@Command(
    name = "rondo",
    description = "Recurrent neural networks for the JVM.",
    subcommands = {
      HelpCommand.class,
      LmCommand.class,
      TaskCommand.class,
      GradcheckCommand.class,
      StreamCommand.class,
      BenchCommand.class
    },
    versionProvider = Rondo.Version.class,
    synopsisSubcommandLabel = "<command>",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  rondo help               this page",
      "  rondo help <command>     what a command does, and its options",
      "  rondo lm train           train a small network to spell numbers, and see how well it does",
      "  rondo task adding        see which networks remember over 100 steps",
    })
public final class Rondo implements Runnable {
  private static final Pattern UNKNOWN_OPTION = Pattern.compile("Unknown option: '([^']+)'");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean helpRequested;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean versionRequested;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private Rondo() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /// The whole command, ready to execute; tests give it writers.
  static CommandLine commandLine() {
    var rondo = new Rondo();
    return new CommandLine(rondo)
        .setUnmatchedOptionsAllowedAsOptionParameters(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, arguments) -> wrongUse(e, rondo.debug))
        .setExecutionExceptionHandler((e, command, _) -> failure(e, command, rondo.debug));
  }

  /// Shows the help of `rondo` without arguments.
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int wrongUse(ParameterException e, boolean debug) {
    var command = e.getCommandLine();
    var err = command.getErr();
    var name = command.getCommandSpec().qualifiedName();
    var helpPage = command.getParent() == null ? "rondo help" : "rondo help " + name.substring(6);
    err.println(name + ": " + wrongUseMessage(e) + " (see " + helpPage + ")");
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
    return ExitCode.USAGE;
  }

  private static String wrongUseMessage(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      var argument = unmatched.getUnmatched().getFirst();
      if (unmatched.isUnknownOption()) {
        return "unknown option " + argument;
      }
      return e.getCommandLine().getSubcommands().isEmpty()
          ? "unexpected argument " + argument
          : "unknown command " + argument;
    }
    // an unknown option where the value of another one is due has no exception of its own
    var unknown = UNKNOWN_OPTION.matcher(e.getMessage());
    return unknown.lookingAt() ? "unknown option " + unknown.group(1) : oneLine(e.getMessage());
  }

  private static int failure(Exception e, CommandLine command, boolean debug) {
    var err = command.getErr();
    report(e, err, debug);
    return ExitCode.SOFTWARE;
  }

  private static void report(Exception e, PrintWriter err, boolean debug) {
    err.println("rondo: " + failureMessage(e));
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
  }

  private static String failureMessage(Exception e) {
    var message = e.getMessage();
    return switch (e) {
      // the message of these is the path alone
      case NoSuchFileException _ -> "there is no file " + message;
      case AccessDeniedException _ -> "no permission for " + message;
      case Exception _ when message == null || message.isBlank() -> e.getClass().getSimpleName();
      default -> oneLine(message);
    };
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  /// The version of the jar this class came from.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      var version = Rondo.class.getPackage().getImplementationVersion();
      return new String[] {
        "rondo " + (version == null ? "(not packaged)" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }
}
