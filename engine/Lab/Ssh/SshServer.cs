using System.Net.Sockets;
using System.Security.Cryptography;

namespace Homelab.Engine.Lab.Ssh;

/// <summary>A command that came over SSH and what it answers.</summary>
/// <param name="User">Whom the client said it is: in the lab, the machine it wants.</param>
internal sealed record SshCommand(string User, string Text, string Input);

internal sealed record SshResult(int ExitCode, string Output, string Error);

/// <summary>
/// An SSH server on loopback for the ordinary ssh client, which runs nothing of this machine: each command is answered by the simulated homelab. It asks for no key, for
/// there is nothing behind it to protect.
/// </summary>
/// <remarks>One way of each kind, that every OpenSSH since 6.2 speaks: ecdh-sha2-nistp256, ecdsa-sha2-nistp256, aes256-gcm@openssh.com, no compression.</remarks>
internal sealed class SshServer : IAsyncDisposable
{
    private readonly ECDsa _hostKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Func<SshCommand, CancellationToken, Task<SshResult?>> _run;
    private readonly LoopbackListener _listener;

    /// <param name="run">Null: the machine does not answer, and the connection is cut.</param>
    public SshServer(Func<SshCommand, CancellationToken, Task<SshResult?>> run)
    {
        _run = run;
        _listener = new LoopbackListener(ServeAsync);
    }

    public int Port => _listener.Port;

    /// <summary>The line of a known_hosts file for this server.</summary>
    public string KnownHostsLine => $"[127.0.0.1]:{Port} {SshSession.HostKeyType} {Convert.ToBase64String(SshSession.HostKeyBlob(_hostKey))}\n";

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _hostKey.Dispose();
    }

    private async Task ServeAsync(NetworkStream stream, CancellationToken stopping)
    {
        try
        {
            using var session = new SshSession(stream, _hostKey, _run);
            await session.ServeAsync(stopping);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidDataException or CryptographicException or ObjectDisposedException)
        {
            // The client went away, or is none.
        }
    }
}
