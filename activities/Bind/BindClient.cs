using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using Homelab.Activities.Dns;

namespace Homelab.Activities.Bind;

/// <summary>One zone: what it says, and signed updates of it (RFC 2136), each as one transaction that counts only if the zone still is as it was read.</summary>
internal sealed class BindClient(BindOptions options, ActivityContext context)
{
    public const string NamePattern = "(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\\.?";

    private const ushort In = 1;
    private const ushort None = 254;
    private const ushort Any = 255;

    private static readonly string[] Codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"];

    private readonly DnsServer _server = DnsServer.Parse(options.Server!);

    public string Zone => options.Zone!.TrimEnd('.');

    private string Who => $"Bind connection '{options.Name}'";

    public ActivityTarget Target(string record, string type) => new("dns record", $"bind:{options.Name}/record/{type}/{Name(record)}", $"{Name(record)} {type}");

    /// <summary>The name with its zone; one outside of it throws.</summary>
    public string Name(string record)
    {
        var name = record.TrimEnd('.').ToLowerInvariant();
        return name.Equals(Zone, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + Zone, StringComparison.OrdinalIgnoreCase)
            ? name
            : throw new ActivityException($"'{record}' is not in the zone '{Zone}' of {Who}; write the whole name.", retryable: false);
    }

    /// <summary>The values of a name's records of one type, asked of the zone's own server; none when there is no such name.</summary>
    public async Task<DnsAnswer> FindAsync(string record, string type, CancellationToken cancellationToken)
    {
        var answer = await DnsClient.AskAsync(Name(record), type, _server, TimeSpan.FromSeconds(options.TimeoutSeconds), context.Time, cancellationToken);
        return answer.Status is "NOERROR" or "NXDOMAIN"
            ? answer
            : throw new ActivityException($"{Who} answered {answer.Status} for {Name(record)}.", retryable: answer.Status == "SERVFAIL");
    }

    /// <summary>Puts these values in the place of those; no values deletes.</summary>
    public Task ReplaceAsync(string record, string type, DnsAnswer before, IReadOnlyList<string> values, int ttl, CancellationToken cancellationToken)
    {
        var name = Name(record);
        DryRunPlan.Door(context, $"{Zone}: {name} {type} {(values.Count == 0 ? "deleted" : $"= {string.Join(", ", values)} for {ttl} s")}");
        if (options.KeyName is not { Length: > 0 } || options.Key is not { Length: > 0 })
            throw new ActivityException($"{Who} has no KeyName and Key; without them the zone is only read.", retryable: false);
        return SocketFailure.GuardAsync(Who, options, context, async ends =>
        {
            var key = new TransactionKey(options.KeyName!, options.Algorithm, KeyBytes(), context.Time);
            var message = Message(name, DnsClient.Types[type], type, before, values, ttl);
            Expect(key, await DnsClient.AskByTcpAsync(key.Sign(message), _server, ends), name);
            return true;
        }, cancellationToken);
    }

    /// <summary>All records of the zone by a transfer, signed where there is a key.</summary>
    public Task<IReadOnlyList<ZoneRecord>> TransferAsync(CancellationToken cancellationToken) => SocketFailure.GuardAsync(Who, options, context, async ends =>
    {
        byte[] query = [.. RandomNumberGenerator.GetBytes(2), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsClient.Encode(Zone), 0, 252, 0, 1];
        if (options is { KeyName.Length: > 0, Key.Length: > 0 })
            query = new TransactionKey(options.KeyName, options.Algorithm, KeyBytes(), context.Time).Sign(query);
        using var tcp = new TcpClient(_server.Address.AddressFamily);
        await tcp.ConnectAsync(_server.Address, _server.Port, ends);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync((byte[])[(byte)(query.Length >> 8), (byte)query.Length, .. query], ends);
        List<ZoneRecord> records = [];
        var length = new byte[2];
        var all = 0;
        // It begins and ends with the record of the zone itself.
        for (var marks = 0; marks < 2;)
        {
            await stream.ReadExactlyAsync(length, ends);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            if ((all += answer.Length) > options.LargestAnswerBytes)
                throw new ActivityException($"{Who} sent more than {options.LargestAnswerBytes} bytes of the zone; raise LargestAnswerBytes.", retryable: false);
            await stream.ReadExactlyAsync(answer, ends);
            var read = Records(answer);
            if ((answer[3] & 0x0F) != 0 || read.Count == 0)
                throw new ActivityException($"{Who} does not give the zone '{Zone}' away: {Code(answer)}; allow-transfer there must name this machine or the key.", retryable: false);
            marks += read.Count(record => record.Type == "SOA");
            records.AddRange(read.Where(record => record.Type != "TSIG"));
        }

        records.RemoveAt(records.Count - 1);
        return (IReadOnlyList<ZoneRecord>)records;
    }, cancellationToken);

    private byte[] KeyBytes()
    {
        try
        {
            return Convert.FromBase64String(options.Key!);
        }
        catch (FormatException)
        {
            throw new ActivityException($"The Key of {Who} is not base64; copy what stands after 'secret' in the server's file of keys.", retryable: false);
        }
    }

    /// <summary>Only if the records still are what was read; then away with them and in with the new ones.</summary>
    private byte[] Message(string name, ushort number, string type, DnsAnswer before, IReadOnlyList<string> values, int ttl)
    {
        List<byte[]> needs = before.Records.Count == 0
            ? [Record(name, number, None, 0, [])]
            : [.. before.Records.Select(value => Record(name, number, In, 0, RecordData.Encode(type, value)))];
        List<byte[]> updates = [];
        if (before.Records.Count > 0)
            updates.Add(Record(name, number, Any, 0, []));
        updates.AddRange(values.Select(value => Record(name, number, In, (uint)ttl, RecordData.Encode(type, value))));
        byte[] message =
        [
            .. RandomNumberGenerator.GetBytes(2), 5 << 3, 0, 0, 1, .. Number((ushort)needs.Count), .. Number((ushort)updates.Count), 0, 0,
            .. DnsClient.Encode(Zone), 0, 6, 0, 1, .. needs.SelectMany(record => record), .. updates.SelectMany(record => record),
        ];
        return message.Length <= 60_000 ? message : throw new ActivityException($"The records of {name} are too much for one update.", retryable: false);
    }

    private void Expect(TransactionKey key, byte[] answer, string name)
    {
        try
        {
            var (code, records) = (Code(answer), Records(answer));
            if (key.Check(answer, records is [.., { Type: "TSIG" } signature] ? signature.At : -1, Who) is { } signing)
                throw new ActivityException($"{Who} refused the update of {name}: {signing}.", retryable: false);
            if (code is "YXRRSET" or "NXRRSET" or "NXDOMAIN" or "YXDOMAIN")
                throw new ActivityException($"{name} was changed by somebody else at the same moment ({code}); nothing was done.", retryable: true);
            if (code != "NOERROR")
                throw new ActivityException($"{Who} refused the update of {name}: {code}; its update-policy must grant the key this name and type, and the zone must be whole after it (no NS or MX to a name without an address).", retryable: code == "SERVFAIL");
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new ActivityException($"{Who} answered something that is not DNS.", retryable: false);
        }
    }

    private List<ZoneRecord> Records(byte[] answer)
    {
        try
        {
            var at = 12;
            for (var questions = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(4)); questions > 0; questions--)
            {
                DnsClient.Name(answer, ref at);
                at += 4;
            }

            List<ZoneRecord> records = [];
            var count = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)) + BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(8)) + BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(10));
            for (var index = 0; index < count; index++)
            {
                var from = at;
                var name = DnsClient.Name(answer, ref at);
                var type = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at));
                var ttl = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(at + 4));
                var length = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 8));
                at += 10;
                var known = DnsClient.Types.FirstOrDefault(pair => pair.Value == type).Key;
                records.Add(new(name.TrimEnd('.'), known ?? (type == TransactionKey.Type ? "TSIG" : $"TYPE{type}"), ttl, known is null ? "" : DnsClient.Record(answer, at, length, type), from));
                at += length;
            }

            return records;
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new ActivityException($"{Who} answered something that is not DNS.", retryable: false);
        }
    }

    private static byte[] Record(string name, ushort type, ushort kind, uint ttl, byte[] data) =>
        [.. DnsClient.Encode(name), .. Number(type), .. Number(kind), (byte)(ttl >> 24), (byte)(ttl >> 16), (byte)(ttl >> 8), (byte)ttl, .. Number((ushort)data.Length), .. data];

    private static byte[] Number(ushort number) => [(byte)(number >> 8), (byte)number];

    private static string Code(byte[] answer) => (answer[3] & 0x0F) is var code && code < Codes.Length ? Codes[code] : $"RCODE {code}";
}

/// <param name="At">Where it begins in its message.</param>
internal sealed record ZoneRecord(string Name, string Type, uint Ttl, string Value, int At);
