using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Homelab.Activities.Model;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Logs;

/// <summary>
/// Takes syslog by UDP (one message a datagram) and TCP (counted or ended by a line feed, RFC 6587), masks it and stores it once a second. Who sends faster than can be stored loses
/// lines by UDP and waits by TCP.
/// </summary>
internal sealed partial class SyslogReceiver(IOptions<LogAnalysisSettings> settings, SyslogStore store, TextMask mask, TimeProvider time, ILogger<SyslogReceiver> logger) : BackgroundService
{
    private const int LargestMessage = 64 * 1024;
    private const int MostConnections = 200;

    private readonly Channel<SyslogMessage> _arrived = Channel.CreateBounded<SyslogMessage>(new BoundedChannelOptions(20_000) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly SemaphoreSlim _connections = new(MostConnections);

    /// <summary>Where it listens, once it does; null where it does not.</summary>
    public IPEndPoint? Udp { get; private set; }

    public IPEndPoint? Tcp { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> parts = [];
        if (Address(settings.Value.SyslogUdp) is { } udp)
        {
            var socket = new Socket(udp.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
            socket.Bind(udp);
            Udp = (IPEndPoint)socket.LocalEndPoint!;
            parts.Add(ReceiveAsync(socket, stoppingToken));
        }

        if (Address(settings.Value.SyslogTcp) is { } tcp)
        {
            var listener = new TcpListener(tcp);
            listener.Start();
            Tcp = (IPEndPoint)listener.LocalEndpoint;
            parts.Add(AcceptAsync(listener, stoppingToken));
        }

        if (parts.Count > 0)
        {
            Log.Listening(logger, Udp, Tcp);
            parts.Add(StoreAsync(stoppingToken));
        }

        await Task.WhenAll(parts);
    }

    private static IPEndPoint? Address(string text) => text.Length == 0
        ? null
        : IPEndPoint.TryParse(text, out var address) ? address : throw new FormatException($"LogAnalysis:SyslogUdp or SyslogTcp is '{text}', which is no address with port; write 0.0.0.0:5514.");

    private async Task ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var closing = socket;
        var buffer = new byte[LargestMessage];
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, cancellationToken);
                _arrived.Writer.TryWrite(Read(buffer.AsSpan(0, received.ReceivedBytes), received.RemoteEndPoint));
            }
            catch (SocketException exception)
            {
                // A sender that is gone makes the next receive fail, and is no reason to stop.
                Log.Trouble(logger, exception.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        using var closing = listener;
        try
        {
            while (true)
            {
                await _connections.WaitAsync(cancellationToken);
                var client = await listener.AcceptTcpClientAsync(cancellationToken);
                _ = ServeAsync(client, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using var closing = client;
        try
        {
            var from = client.Client.RemoteEndPoint;
            var reader = PipeReader.Create(client.GetStream());
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                while (SyslogFraming.TryTake(ref buffer, result.IsCompleted, LargestMessage, out var message))
                {
                    if (message.Length > 0)
                        await _arrived.Writer.WriteAsync(Read(message.ToArray(), from), cancellationToken);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidDataException)
        {
            Log.Trouble(logger, exception.Message);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            _connections.Release();
        }
    }

    private SyslogMessage Read(ReadOnlySpan<byte> bytes, EndPoint? from) => SyslogMessage.Read(bytes, (from as IPEndPoint)?.Address.MapToIPv4().ToString() ?? "unknown", time.GetLocalNow());

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        List<SyslogMessage> batch = [];
        try
        {
            while (await _arrived.Reader.WaitToReadAsync(cancellationToken))
            {
                while (batch.Count < 5000 && _arrived.Reader.TryRead(out var message))
                    batch.Add(message with { Text = mask.Apply(message.Text) });
                try
                {
                    await store.AddAsync(batch, cancellationToken);
                    await store.TrimAsync(cancellationToken);
                    batch.Clear();
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // Kept and tried again; meanwhile the channel fills and TCP senders wait.
                    Log.NotStored(logger, exception);
                }

                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            while (_arrived.Reader.TryRead(out var message))
                batch.Add(message with { Text = mask.Apply(message.Text) });
            await store.AddAsync(batch, CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5201, LogLevel.Information, "Syslog is taken at {Udp} (UDP) and {Tcp} (TCP)")]
        public static partial void Listening(ILogger logger, IPEndPoint? udp, IPEndPoint? tcp);

        [LoggerMessage(5202, LogLevel.Debug, "A syslog sender was in trouble: {Problem}")]
        public static partial void Trouble(ILogger logger, string problem);

        [LoggerMessage(5203, LogLevel.Error, "Syslog lines could not be stored; tried again in a second")]
        public static partial void NotStored(ILogger logger, Exception exception);
    }
}

/// <summary>RFC 6587: "LENGTH message" or messages ended by a line feed; each sender does one of them.</summary>
internal static class SyslogFraming
{
    /// <exception cref="InvalidDataException">The message is too large.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, bool isEnd, int largest, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.IsEmpty)
            return false;
        var first = buffer.FirstSpan[0];
        if (first is >= (byte)'1' and <= (byte)'9')
        {
            var reader = new SequenceReader<byte>(buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> number, (byte)' ') && number.Length <= 6)
            {
                var length = 0;
                foreach (var digit in number.ToArray())
                    length = digit is >= (byte)'0' and <= (byte)'9' ? (length * 10) + (digit - '0') : int.MaxValue / 20;
                if (length > largest)
                    throw new InvalidDataException($"A message of {length} bytes is announced; at most {largest} are taken.");
                if (reader.Remaining < length)
                    return false;
                message = buffer.Slice(reader.Position, length);
                buffer = buffer.Slice(message.End);
                return true;
            }

            if (buffer.Length < 8 && !isEnd)
                return false;
        }

        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            message = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (buffer.Length > largest)
            throw new InvalidDataException($"A line is longer than {largest} bytes.");
        if (!isEnd)
            return false;
        message = buffer;
        buffer = buffer.Slice(buffer.End);
        return true;
    }
}
