using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.write_compose_file", "Write compose file", "Writes a compose file on the engine's machine, its folder too where it is missing. One that compose cannot read is refused; containers change only by the next up.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, TimeoutSeconds = 300, Idempotent = true)]
internal sealed class WriteComposeFile(DockerClients clients) : IEffectActivity<WriteComposeFile.Input, WriteComposeFile.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        await Compose.CheckAsync(clients, input.Connection, input.File, input.Content, context, cancellationToken);
        var host = await clients.HostAsync(input.Connection, context, cancellationToken);
        await host.ChangeAsync(new("mkdir", "-p", "--", input.File[..(input.File.LastIndexOf('/') + 1)]), cancellationToken);
        return new() { Backup = await KeptFile.WriteAsync(host, input.File, Encoding.UTF8.GetBytes(input.Content), null, context.IdempotencyKey, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.Target(await clients.OptionsAsync(input.Connection, cancellationToken), input.File);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await KeptFile.ProbeAsync(await clients.HostAsync(input.Connection, context, cancellationToken), input.File, input.Content, cancellationToken);

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("docker.restore_compose_file", new RestoreComposeFile.Input { Connection = input.Connection, File = input.File, Backup = output.Backup });

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the compose file on the engine's machine.")]
        [RegularExpression(ComposeInput.FilePattern)]
        [Example("/srv/stack/compose.yaml")]
        public required string File { get; init; }

        [Description("The file. What is secret belongs in a file beside it, which it names by env_file or secrets.")]
        [StringLength(1 << 20, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("services:\n  web:\n    image: nginx:stable\n")]
        public required string Content { get; init; }
    }

    internal sealed record Output
    {
        [Description("Where the replaced file is kept; empty when there was none.")]
        public string? Backup { get; init; }
    }
}

[Activity(
    "docker.restore_compose_file", "Restore compose file", "Puts the compose file of before in its place again; where there was none, the file goes away. Containers change only by the next up.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, TimeoutSeconds = 120, Idempotent = true, NoUndo = "It is the way back itself; write the file again.")]
internal sealed class RestoreComposeFile(DockerClients clients) : IEffectActivity<RestoreComposeFile.Input, RestoreComposeFile.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await clients.HostAsync(input.Connection, context, cancellationToken);
        await host.ChangeAsync(input.Backup is { Length: > 0 } backup ? new("mv", "-f", "--", backup, input.File) : new("rm", "-f", "--", input.File), cancellationToken);
        return new() { Restored = input.Backup is { Length: > 0 } };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.Target(await clients.OptionsAsync(input.Connection, cancellationToken), input.File);

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the compose file on the engine's machine.")]
        [RegularExpression(ComposeInput.FilePattern)]
        [Example("/srv/stack/compose.yaml")]
        public required string File { get; init; }

        [Description("Where the file of before is kept, as writing told; empty where there was none.")]
        [RegularExpression("/[^\\x00\\r\\n]+\\.ya?ml\\.homelab-[0-9a-f]{12}")]
        public string? Backup { get; init; }
    }

    internal sealed record Output
    {
        [Description("The file of before is back; otherwise there is none now.")]
        public required bool Restored { get; init; }
    }
}
