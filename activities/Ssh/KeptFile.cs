using System.Security.Cryptography;
using System.Text;

namespace Homelab.Activities.Ssh;

/// <summary>A file that is replaced, with the one of before kept beside it.</summary>
internal static class KeptFile
{
    /// <param name="key">Of the step, so that a repetition does not take its own work for the original.</param>
    /// <returns>Where the replaced file is kept; null where there was none.</returns>
    public static async Task<string?> WriteAsync(Host host, string path, byte[] content, string? mode, string key, CancellationToken cancellationToken)
    {
        var backup = $"{path}.homelab-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..12]}";
        if (await ExistsAsync(host, path, cancellationToken) && !await ExistsAsync(host, backup, cancellationToken))
            await host.ChangeAsync(new("cp", "-a", "--", path, backup), cancellationToken);
        var kept = await ExistsAsync(host, backup, cancellationToken);
        await host.WriteFileAsync(path, content, mode, cancellationToken);
        return kept ? backup : null;
    }

    public static async Task<Probe> ProbeAsync(Host host, string path, string content, CancellationToken cancellationToken) =>
        await ExistsAsync(host, path, cancellationToken) && await host.ReadFileAsync(path, cancellationToken) == content ? Probe.Happened : Probe.DidNotHappen;

    /// <summary>Puts the file of before back; where there was none, the written one goes away.</summary>
    /// <param name="connection">Of Ssh.</param>
    public static UndoStep Undo(string connection, string path, string? backup) => Activities.Undo.By("ssh.run_command", new RunCommand.Input
    {
        Connection = connection,
        Command = backup is not null ? ["mv", "-f", "--", backup, path] : ["rm", "-f", "--", path],
    });

    private static async Task<bool> ExistsAsync(Host host, string path, CancellationToken cancellationToken) =>
        (await host.ReadAsync(new("test", "-e", Host.Absolute(path)) { Also = [1] }, cancellationToken)).ExitCode == 0;
}
