using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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
        var backup = await KeptFile.WriteAsync(host, input.Path, content, input.Mode, context.IdempotencyKey, cancellationToken);
        return new() { Bytes = content.Length, Backup = backup };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("file", $"{host.Id}/file{Host.Absolute(input.Path)}", input.Path);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return await KeptFile.ProbeAsync(host, input.Path, input.Content, cancellationToken);
    }

    public UndoStep? Undo(Input input, Output output) => KeptFile.Undo(input.Connection, input.Path, output.Backup);

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
