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
        return new() { Host = host.Name, Backup = await KeptFile.WriteAsync(host, input.File, Encoding.UTF8.GetBytes(input.Content), null, context.IdempotencyKey, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Compose.Target(await clients.OptionsAsync(input.Connection, cancellationToken), input.File);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await KeptFile.ProbeAsync(await clients.HostAsync(input.Connection, context, cancellationToken), input.File, input.Content, cancellationToken);

    public UndoStep? Undo(Input input, Output output) => KeptFile.Undo(output.Host, input.File, output.Backup);

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
        [Description("Connection of Ssh to the engine's machine.")]
        public required string Host { get; init; }

        [Description("Where the replaced file is kept; empty when there was none.")]
        public string? Backup { get; init; }
    }
}
