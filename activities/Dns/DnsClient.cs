using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Activities.Dns;

/// <summary>Asks one DNS server one question (RFC 1035): by UDP, by TCP when the answer was cut off.</summary>
internal static class DnsClient
{
    public static readonly IReadOnlyDictionary<string, ushort> Types = new Dictionary<string, ushort>
    {
        ["A"] = 1, ["NS"] = 2, ["CNAME"] = 5, ["SOA"] = 6, ["PTR"] = 12, ["MX"] = 15, ["TXT"] = 16, ["AAAA"] = 28, ["SRV"] = 33, ["CAA"] = 257,
    };

    private static readonly string[] Codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

    public static async Task<DnsAnswer> AskAsync(string name, string type, DnsServer server, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            var query = Query(name, Types[type]);
            var answer = await AskByUdpAsync(query, server, either.Token);
            if ((answer[2] & 0x02) != 0)
                answer = await AskByTcpAsync(query, server, either.Token);
            return Read(answer, query, server, Types[type]) with { Milliseconds = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1) };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"DNS server {server} did not answer within {timeout.TotalSeconds:0} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch (SocketException exception)
        {
            throw new ActivityException($"DNS server {server} cannot be reached: {exception.Message}", retryable: true) { Kind = FailureKind.Connect };
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentOutOfRangeException or EndOfStreamException)
        {
            throw new ActivityException($"DNS server {server} answered something that is not DNS.", retryable: false);
        }
    }

    private static async Task<byte[]> AskByUdpAsync(byte[] query, DnsServer server, CancellationToken cancellationToken)
    {
        using var udp = new UdpClient(server.Address.AddressFamily);
        // Connected: answers of others are dropped by the kernel.
        udp.Connect(server.Address, server.Port);
        await udp.SendAsync(query, cancellationToken);
        while (true)
        {
            var answer = (await udp.ReceiveAsync(cancellationToken)).Buffer;
            if (answer.Length >= 12 && answer.AsSpan(0, 2).SequenceEqual(query.AsSpan(0, 2)))
                return answer;
        }
    }

    internal static async Task<byte[]> AskByTcpAsync(byte[] query, DnsServer server, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient(server.Address.AddressFamily);
        await tcp.ConnectAsync(server.Address, server.Port, cancellationToken);
        await using var stream = tcp.GetStream();
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)query.Length);
        await stream.WriteAsync(length.Concat(query).ToArray(), cancellationToken);
        await stream.ReadExactlyAsync(length, cancellationToken);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return answer;
    }

    private static byte[] Query(string name, ushort type)
    {
        var query = new MemoryStream();
        // An id nobody can guess, recursion desired, one question.
        query.Write(RandomNumberGenerator.GetBytes(2));
        query.Write([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
        query.Write(Encode(name));
        query.Write([(byte)(type >> 8), (byte)type, 0, 1]);
        return query.ToArray();
    }

    /// <summary>A name as it goes over the wire, each part with its length.</summary>
    internal static byte[] Encode(string name)
    {
        var encoded = new MemoryStream();
        foreach (var label in Ascii(name).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (label.Length > 63)
                throw new ActivityException($"'{name}' has a part of more than 63 letters.", retryable: false);
            encoded.WriteByte((byte)label.Length);
            encoded.Write(Encoding.ASCII.GetBytes(label));
        }

        encoded.WriteByte(0);
        return encoded.Length <= 255 ? encoded.ToArray() : throw new ActivityException($"'{name}' is longer than a name can be.", retryable: false);
    }

    private static string Ascii(string name)
    {
        try
        {
            return name.Trim('.').Length == 0 ? "" : new IdnMapping().GetAscii(name.TrimEnd('.'));
        }
        catch (ArgumentException)
        {
            throw new ActivityException($"'{name}' is not a name.", retryable: false);
        }
    }

    private static DnsAnswer Read(byte[] answer, byte[] query, DnsServer server, ushort type)
    {
        var code = answer[3] & 0x0F;
        var count = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6));
        // The question comes back as it was sent.
        var at = query.Length;
        List<string> records = [];
        var ttl = uint.MaxValue;
        for (var index = 0; index < count; index++)
        {
            Name(answer, ref at);
            var found = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at));
            ttl = Math.Min(ttl, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(at + 4)));
            var length = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 8));
            at += 10;
            // On the way to the address there may be aliases; only what was asked for is the answer.
            if (found == type)
                records.Add(Record(answer, at, length, found));
            at += length;
        }

        return new(server.ToString(), code < Codes.Length ? Codes[code] : $"RCODE {code}", [.. records.Order(StringComparer.Ordinal)], records.Count > 0 ? ttl : null, 0);
    }

    internal static string Record(byte[] answer, int at, int length, ushort type)
    {
        var data = answer.AsSpan(at, length);
        var from = at;
        switch (type)
        {
            case 1 or 28:
                return new IPAddress(data).ToString();
            case 2 or 5 or 12:
                return Name(answer, ref from);
            case 15:
                from += 2;
                return $"{BinaryPrimitives.ReadUInt16BigEndian(data)} {Name(answer, ref from)}";
            case 33:
                from += 6;
                return $"{BinaryPrimitives.ReadUInt16BigEndian(data)} {BinaryPrimitives.ReadUInt16BigEndian(data[2..])} {BinaryPrimitives.ReadUInt16BigEndian(data[4..])} {Name(answer, ref from)}";
            case 6:
                var (primary, contact) = (Name(answer, ref from), Name(answer, ref from));
                return $"{primary} {contact} {BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(from))}";
            case 257:
                return $"{data[0]} {Encoding.ASCII.GetString(data.Slice(2, data[1]))} \"{Encoding.UTF8.GetString(data[(2 + data[1])..])}\"";
            default:
                var text = new StringBuilder();
                for (var part = 0; part < data.Length; part += data[part] + 1)
                    text.Append(Encoding.UTF8.GetString(data.Slice(part + 1, data[part])));
                return text.ToString();
        }
    }

    internal static string Name(byte[] answer, ref int at)
    {
        var name = new StringBuilder();
        var from = at;
        var jumped = false;
        // Each jump goes back in a real answer; a hostile one could go round for ever.
        for (var steps = 0; steps < 128; steps++)
        {
            var length = answer[from];
            if ((length & 0xC0) == 0xC0)
            {
                var to = ((length & 0x3F) << 8) | answer[from + 1];
                if (!jumped)
                    at = from + 2;
                (from, jumped) = (to, true);
                continue;
            }

            if (length == 0)
            {
                if (!jumped)
                    at = from + 1;
                return name.Length == 0 ? "." : name.ToString();
            }

            name.Append(Encoding.ASCII.GetString(answer, from + 1, length)).Append('.');
            from += length + 1;
        }

        throw new ArgumentOutOfRangeException(nameof(answer));
    }
}

internal sealed record DnsAnswer(string Server, string Status, IReadOnlyList<string> Records, uint? TimeToLive, double Milliseconds);

/// <summary>An address with a port: "1.1.1.1", "127.0.0.1:5353", "[::1]:53".</summary>
internal sealed record DnsServer(IPAddress Address, int Port)
{
    public const string Pattern = "[0-9A-Fa-f.:\\[\\]]{2,60}";

    public static DnsServer Parse(string text) => IPEndPoint.TryParse(text, out var end)
        ? new(end.Address, end.Port == 0 ? 53 : end.Port)
        : throw new ActivityException($"DNS server '{text}' is not an address, with or without a port.", retryable: false);

    /// <summary>The first server this machine asks.</summary>
    public static async Task<DnsServer> OwnAsync(CancellationToken cancellationToken) =>
        (await File.ReadAllLinesAsync("/etc/resolv.conf", cancellationToken)).Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words is ["nameserver", _, ..]) is { } found
            ? Parse(found[1])
            : throw new ActivityException("/etc/resolv.conf names no server; give one.", retryable: false);

    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
