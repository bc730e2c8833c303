using System.Diagnostics;
using System.Net.Sockets;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Docker;

internal sealed record UnixConnector(string Path) : IStreamConnector
{
    public async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            // The system's own word for a socket that is not there is "Cannot assign requested address".
            throw new IOException(exception.SocketErrorCode == SocketError.AccessDenied
                ? $"{Path} may not be opened; put the user that this runs as into the group of it (usually docker)"
                : File.Exists(Path) ? $"{Path}: {exception.Message}" : $"there is no socket {Path}; start the engine, or say where its socket is");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The way Docker's own client goes over SSH: its dial-stdio on the far side, joined to the engine's socket.</summary>
/// <param name="Client">Arguments of ssh up to the destination; joined, so that equal connections are equal.</param>
internal sealed record SshConnector(string Client, string RemoteSocket) : IStreamConnector
{
    public const char Separator = '\u0001';

    public ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("ssh")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var argument in Client.Split(Separator))
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add(Host.Quoted(["docker", "--host", $"unix://{RemoteSocket}", "system", "dial-stdio"]));
        var process = Process.Start(start)!;
        // Nobody reads what it complains about; the request fails by the end of the stream.
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return ValueTask.FromResult<Stream>(new ProcessStream(process));
    }

    /// <summary>Standard output and input of a process as one stream; closing it ends the process.</summary>
    private sealed class ProcessStream(Process process) : Stream
    {
        private readonly Stream _in = process.StandardOutput.BaseStream;
        private readonly Stream _out = process.StandardInput.BaseStream;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => _out.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => _out.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => _in.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _in.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _in.ReadAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => _out.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _out.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _out.WriteAsync(buffer, offset, count, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                try
                {
                    process.Kill(entireProcessTree: true);
                }
                catch (InvalidOperationException)
                {
                    // It had ended.
                }

                process.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
