using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Ssh;

[Activity(
    "ssh.run_command", "Run command",
    "Runs a program on a machine; its arguments are not seen by a shell unless shell is set. A program that fails fails the step unless allowed.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, AvailabilityRisk = RiskLevel.High, TimeoutSeconds = 3600,
    NoUndo = "What a command does is known only to its author.")]
internal sealed class RunCommand(Hosts hosts) : IEffectActivity<RunCommand.Input, RunCommand.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        IReadOnlyList<string> words = input.Shell ? ["sh", "-c", .. input.Command] : input.Command;
        var answer = await host.ChangeAsync(
            new HostCommand(words) { Input = input.Stdin, Timeout = TimeSpan.FromSeconds(input.TimeoutSeconds), AnyExit = input.AllowFailure },
            cancellationToken);
        return new() { ExitCode = answer.ExitCode, StandardOutput = answer.Output, StandardError = answer.Error };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("host", $"{host.Id}/host/{host.Name}", host.Name);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Program and its arguments, one entry each; with shell, one entry with the script (further ones are $0, $1, ...).")]
        [MinLength(1)]
        [Example(new[] { "uptime" })]
        public required IReadOnlyList<string> Command { get; init; }

        [Description("Let sh interpret the first entry. Never put untrusted text into it: pass it as a further entry.")]
        public bool Shell { get; init; }

        [Description("Text given to the program on standard input.")]
        [Editor("multi-line")]
        public string? Stdin { get; init; }

        [Description("The program, on the far side too, is ended after this many seconds.")]
        [Range(1, 3600)]
        public int TimeoutSeconds { get; init; } = 60;

        [Description("An exit code other than 0 is an answer, not a failure.")]
        public bool AllowFailure { get; init; }
    }

    internal sealed record Output
    {
        [Description("Exit code of the program.")]
        public required int ExitCode { get; init; }

        [Description("What it printed.")]
        public required string StandardOutput { get; init; }

        [Description("What it printed on standard error.")]
        public required string StandardError { get; init; }
    }
}
