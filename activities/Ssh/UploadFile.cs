using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Activities.Ssh;

[Activity(
    "ssh.upload_file", "Upload file", "Writes a file on a machine at once (a reader sees the old one or the new one) and keeps the one it replaces beside it.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 300, Idempotent = true)]
internal sealed class UploadFile(Hosts hosts) : IEffectActivity<UploadFile.Input, UploadFile.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var content = Encoding.UTF8.GetBytes(input.Content);
        var existed = await ExistsAsync(host, input.Path, cancellationToken);
        // Named for the step, so that a repetition does not take its own work for the original.
        var backup = $"{input.Path}.homelab-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.IdempotencyKey)))[..12]}";
        if (existed && !await ExistsAsync(host, backup, cancellationToken))
            await host.ChangeAsync(new("cp", "-a", "--", input.Path, backup), cancellationToken);
        var kept = await ExistsAsync(host, backup, cancellationToken);
        await host.WriteFileAsync(input.Path, content, input.Mode, cancellationToken);
        return new() { Bytes = content.Length, Backup = kept ? backup : null };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("file", $"{host.Id}/file{Host.Absolute(input.Path)}", input.Path);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return await ExistsAsync(host, input.Path, cancellationToken) && await host.ReadFileAsync(input.Path, cancellationToken) == input.Content
            ? Probe.Happened
            : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("ssh.run_command", new RunCommand.Input
    {
        Connection = input.Connection,
        Command = output.Backup is { } backup ? ["mv", "-f", "--", backup, input.Path] : ["rm", "-f", "--", input.Path],
    });

    private static async Task<bool> ExistsAsync(Host host, string path, CancellationToken cancellationToken) =>
        (await host.ReadAsync(new("test", "-e", Host.Absolute(path)) { Also = [1] }, cancellationToken)).ExitCode == 0;

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the file on the machine.")]
        [RegularExpression("/[^\\x00]*[^/\\x00]")]
        [StringLength(4000, MinimumLength = 2)]
        [Example("/etc/motd.d/note")]
        public required string Path { get; init; }

        [Description("Text of the file, written as UTF-8.")]
        [StringLength(4 << 20)]
        [Editor("multi-line")]
        [Example("hello\n")]
        public required string Content { get; init; }

        [Description("Mode in octal, such as 644; the old file's mode when empty.")]
        [RegularExpression("[0-7]{3,4}")]
        public string? Mode { get; init; }
    }

    internal sealed record Output
    {
        [Description("Bytes written.")]
        public required int Bytes { get; init; }

        [Description("Where the replaced file is kept; empty when there was none.")]
        public string? Backup { get; init; }
    }
}
