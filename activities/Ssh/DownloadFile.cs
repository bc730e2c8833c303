using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Ssh;

[Activity("ssh.download_file", "Download file", "Reads a file of a machine.", TimeoutSeconds = 300)]
internal sealed class DownloadFile(Hosts hosts) : IActivity<DownloadFile.Input, DownloadFile.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var content = await host.ReadBytesAsync(input.Path, cancellationToken);
        var text = System.Text.Encoding.UTF8.GetString(content);
        var isText = !text.Contains('\uFFFD', StringComparison.Ordinal);
        return new() { Bytes = content.Length, Text = isText ? text : null, Base64 = isText ? null : Convert.ToBase64String(content) };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the file on the machine.")]
        [RegularExpression("/[^\\x00]+")]
        [Example("/etc/hostname")]
        public required string Path { get; init; }
    }

    internal sealed record Output
    {
        [Description("Size in bytes.")]
        public required int Bytes { get; init; }

        [Description("The content, when it is UTF-8 text.")]
        public string? Text { get; init; }

        [Description("The content in base64, when it is not text.")]
        public string? Base64 { get; init; }
    }
}
