using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Benchmarks.Server;

/// <summary>What the workflow calls: answers every request on a kept connection with the same few bytes, as cheaply as sockets allow, so that the load is the engine's.</summary>
internal sealed class StubServer : IDisposable
{
    private static readonly byte[] Answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private long _requests;
    private long _last;

    public StubServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/x");

    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>When the last request came.</summary>
    public long LastAt => Interlocked.Read(ref _last);

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        var buffer = new byte[16 << 10];
        var filled = 0;
        try
        {
            while (await connection.ReceiveAsync(buffer.AsMemory(filled)) is > 0 and var read)
            {
                filled += read;
                // Requests are GETs: nothing follows the empty line.
                if (!buffer.AsSpan(0, filled).EndsWith("\r\n\r\n"u8))
                    continue;
                filled = 0;
                Interlocked.Increment(ref _requests);
                Interlocked.Exchange(ref _last, System.Diagnostics.Stopwatch.GetTimestamp());
                await connection.SendAsync(Answer);
            }
        }
        catch (SocketException)
        {
            // The engine is gone.
        }
    }
}
