using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.Lab.Ssh;

/// <summary>Numbers and texts as SSH writes them (RFC 4251).</summary>
internal sealed class SshWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public SshWriter Byte(byte value)
    {
        _bytes.Write([value]);
        return this;
    }

    public SshWriter Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public SshWriter Number(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public SshWriter Text(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    public SshWriter Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    /// <summary>A positive number of any length: no leading zeros, but one where the first bit is set.</summary>
    public SshWriter Big(ReadOnlySpan<byte> value)
    {
        var stripped = value.TrimStart((byte)0);
        if (stripped.Length > 0 && (stripped[0] & 0x80) != 0)
            return Text([0, .. stripped]);
        return Text(stripped);
    }

    public SshWriter Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }
}

internal sealed class SshReader(byte[] bytes)
{
    private int _at;

    public byte Byte() => bytes[_at++];

    public bool Bool() => Byte() != 0;

    public uint Number()
    {
        var value = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(_at, 4));
        _at += 4;
        return value;
    }

    public byte[] Blob()
    {
        var length = (int)Number();
        var value = bytes.AsSpan(_at, length).ToArray();
        _at += length;
        return value;
    }

    public string Text() => Encoding.UTF8.GetString(Blob());

    public void Skip(int count) => _at += count;
}

/// <summary>Packets over a stream: plain until the keys are agreed, AES-256-GCM (aes256-gcm@openssh.com) after.</summary>
internal sealed class SshPackets(Stream stream) : IDisposable
{
    private const int Tag = 16;
    private const int LargestPacket = 1 << 20;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private AesGcm? _read;
    private AesGcm? _write;
    private byte[] _readNonce = [];
    private byte[] _writeNonce = [];

    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        var head = new byte[4];
        await stream.ReadExactlyAsync(head, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length is 0 or > LargestPacket)
            throw new InvalidDataException($"An SSH packet of {length} bytes came.");
        var body = new byte[length + (_read is null ? 0 : Tag)];
        await stream.ReadExactlyAsync(body, cancellationToken);
        var plain = body;
        if (_read is { } cipher)
        {
            plain = new byte[length];
            cipher.Decrypt(_readNonce, body.AsSpan(0, (int)length), body.AsSpan((int)length), plain, head);
            Count(_readNonce);
        }

        return plain[1..^plain[0]];
    }

    public async Task WriteAsync(byte[] payload, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // With GCM the length is not part of what must fill blocks; without a cipher it is.
            var block = _write is null ? 8 : 16;
            var padding = block - ((payload.Length + 1 + (_write is null ? 4 : 0)) % block);
            if (padding < 4)
                padding += block;
            var plain = new byte[1 + payload.Length + padding];
            plain[0] = (byte)padding;
            payload.CopyTo(plain, 1);
            RandomNumberGenerator.Fill(plain.AsSpan(1 + payload.Length));
            var packet = new byte[4 + plain.Length + (_write is null ? 0 : Tag)];
            BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)plain.Length);
            if (_write is { } cipher)
            {
                cipher.Encrypt(_writeNonce, plain, packet.AsSpan(4, plain.Length), packet.AsSpan(4 + plain.Length), packet.AsSpan(0, 4));
                Count(_writeNonce);
            }
            else
            {
                plain.CopyTo(packet, 4);
            }

            await stream.WriteAsync(packet, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void EncryptWriting(byte[] key, byte[] nonce) => (_write, _writeNonce) = (new AesGcm(key, Tag), nonce);

    public void DecryptReading(byte[] key, byte[] nonce) => (_read, _readNonce) = (new AesGcm(key, Tag), nonce);

    public void Dispose()
    {
        _read?.Dispose();
        _write?.Dispose();
        _writing.Dispose();
    }

    /// <summary>The last eight bytes of the nonce count packets.</summary>
    private static void Count(byte[] nonce)
    {
        var count = nonce.AsSpan(4);
        BinaryPrimitives.WriteUInt64BigEndian(count, BinaryPrimitives.ReadUInt64BigEndian(count) + 1);
    }
}
