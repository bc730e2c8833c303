using System.Buffers.Binary;
using System.Security.Cryptography;
using Homelab.Activities.Dns;

namespace Homelab.Activities.Bind;

/// <summary>Signs a message to a name server and checks the signature of its answer (TSIG, RFC 8945).</summary>
internal sealed class TransactionKey(string name, string algorithm, byte[] key, TimeProvider time)
{
    public const ushort Type = 250;

    private const ushort Any = 255;
    private const ushort Fudge = 300;

    private byte[] _mac = [];

    /// <summary>The message with its signature as last record.</summary>
    public byte[] Sign(byte[] message)
    {
        var at = Time(time.GetUtcNow().ToUnixTimeSeconds());
        _mac = Mac([.. message, .. Variables(at, 0, [])]);
        var data = (byte[])[.. DnsClient.Encode(algorithm), .. at, .. Number(Fudge), .. Number((ushort)_mac.Length), .. _mac, message[0], message[1], 0, 0, 0, 0];
        byte[] signed = [.. message, .. DnsClient.Encode(name), .. Number(Type), .. Number(Any), 0, 0, 0, 0, .. Number((ushort)data.Length), .. data];
        Count(signed, +1);
        return signed;
    }

    /// <summary>What the server says is wrong with the signature, or null; an answer that is not signed with this key throws.</summary>
    /// <param name="at">Where the last record of the answer begins; it must be its signature.</param>
    public string? Check(byte[] answer, int at, string who)
    {
        var record = at;
        if (at < 0)
            throw new ActivityException($"{who} did not sign its answer; it is not believed.", retryable: false);
        DnsClient.Name(answer, ref at);
        at += 10;
        DnsClient.Name(answer, ref at);
        var signedAt = answer[at..(at + 6)];
        var length = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 8));
        var mac = answer[(at + 10)..(at + 10 + length)];
        at += 10 + length + 2;
        var error = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at));
        if (error is 16 or 17)
            return error == 16 ? "the key is not the server's (BADSIG)" : "the server does not know the key's name (BADKEY)";
        var other = answer[(at + 4)..(at + 4 + BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 2)))];
        byte[] plain = [.. answer[..record]];
        Count(plain, -1);
        if (!CryptographicOperations.FixedTimeEquals(mac, Mac([.. Number((ushort)_mac.Length), .. _mac, .. plain, .. Variables(signedAt, error, other)])))
            throw new ActivityException($"{who} answered with a wrong signature; it is not believed.", retryable: false);
        return error == 18 ? "the clocks of this machine and the server differ too much (BADTIME)" : error == 0 ? null : $"TSIG error {error}";
    }

    private byte[] Variables(byte[] at, ushort error, byte[] other) =>
        [.. DnsClient.Encode(name.ToLowerInvariant()), .. Number(Any), 0, 0, 0, 0, .. DnsClient.Encode(algorithm), .. at, .. Number(Fudge), .. Number(error), .. Number((ushort)other.Length), .. other];

    private byte[] Mac(byte[] data) => algorithm switch
    {
        "hmac-sha384" => HMACSHA384.HashData(key, data),
        "hmac-sha512" => HMACSHA512.HashData(key, data),
        _ => HMACSHA256.HashData(key, data),
    };

    /// <summary>Additional records, of which the signature is one.</summary>
    private static void Count(byte[] message, int by) =>
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(10)) + by));

    private static byte[] Time(long seconds) => [.. Number((ushort)(seconds >> 32)), (byte)(seconds >> 24), (byte)(seconds >> 16), (byte)(seconds >> 8), (byte)seconds];

    private static byte[] Number(ushort number) => [(byte)(number >> 8), (byte)number];
}
