using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Benchmarks.Server;

/// <summary>One kept connection that sends the same request again and again; as cheap as sockets allow.</summary>
internal sealed class RawClient(Uri server, string request) : IDisposable
{
    private readonly byte[] _request = Encoding.UTF8.GetBytes(request);
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static string Post(Uri server, string path, string body) =>
        $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public Task ConnectAsync() => _socket.ConnectAsync(server.Host, server.Port);

    /// <summary>The status of the answer, read to its end.</summary>
    public async Task<int> SendAsync()
    {
        await _socket.SendAsync(_request);
        var filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
            if (read == 0)
                throw new IOException("The server closed the connection.");
            filled += read;
            if (IsComplete(_buffer.AsSpan(0, filled)))
                return int.Parse(_buffer.AsSpan(9, 3), CultureInfo.InvariantCulture);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsComplete(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var at = answer[..head].IndexOf("Content-Length: "u8);
        if (at < 0)
            return answer.EndsWith("0\r\n\r\n"u8);
        var length = answer[(at + 16)..head];
        var end = length.IndexOf((byte)'\r');
        return answer.Length >= head + 4 + int.Parse(end < 0 ? length : length[..end], CultureInfo.InvariantCulture);
    }
}
