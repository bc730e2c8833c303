using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.Lab.Ssh;

/// <summary>One connection of an ssh client: versions, keys, who it is, and its channels, each of which runs one command (RFC 4253, 4252, 4254, 5656, 5647).</summary>
internal sealed class SshSession(Stream stream, ECDsa hostKey, Func<SshCommand, CancellationToken, Task<SshResult?>> run) : IDisposable
{
    public const string HostKeyType = "ecdsa-sha2-nistp256";

    private const string Exchange = "ecdh-sha2-nistp256";
    private const string Cipher = "aes256-gcm@openssh.com";
    private const string Version = "SSH-2.0-homelab_lab";

    private const byte Disconnect = 1, Ignore = 2, ServiceRequest = 5, ServiceAccept = 6, KexInit = 20, NewKeys = 21, EcdhInit = 30, EcdhReply = 31, AuthRequest = 50, AuthSuccess = 52,
        GlobalRequest = 80, RequestFailure = 82, ChannelOpen = 90, ChannelConfirmation = 91, ChannelOpenFailure = 92, WindowAdjust = 93, ChannelData = 94, ChannelExtendedData = 95,
        ChannelEof = 96, ChannelClose = 97, ChannelRequest = 98, ChannelSuccess = 99, ChannelFailure = 100;

    private readonly SshPackets _packets = new(stream);
    private readonly Dictionary<uint, Channel> _channels = [];
    private byte[]? _sessionId;
    private string _user = "";
    private uint _next;

    public static byte[] HostKeyBlob(ECDsa key) => new SshWriter().Text(HostKeyType).Text("nistp256").Text(Point(key.ExportParameters(false).Q)).ToArray();

    public void Dispose() => _packets.Dispose();

    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Version + "\r\n"), cancellationToken);
        var theirs = await ReadVersionAsync(cancellationToken);
        await AgreeAsync(theirs, await _packets.ReadAsync(cancellationToken), cancellationToken);
        while (true)
        {
            var packet = await _packets.ReadAsync(cancellationToken);
            switch (packet[0])
            {
                case Disconnect:
                    return;
                case KexInit:
                    await AgreeAsync(theirs, packet, cancellationToken);
                    break;
                case ServiceRequest:
                    await SendAsync(new SshWriter().Byte(ServiceAccept).Text(Read(packet).Text()), cancellationToken);
                    break;
                case AuthRequest:
                    _user = Read(packet).Text();
                    await SendAsync(new SshWriter().Byte(AuthSuccess), cancellationToken);
                    break;
                case GlobalRequest:
                    var global = Read(packet);
                    global.Blob();
                    if (global.Bool())
                        await SendAsync(new SshWriter().Byte(RequestFailure), cancellationToken);
                    break;
                case >= ChannelOpen and <= ChannelFailure:
                    await ChannelAsync(packet, cancellationToken);
                    break;
                default:
                    // Ignore, debug, and what needs no answer.
                    break;
            }
        }
    }

    private async Task ChannelAsync(byte[] packet, CancellationToken cancellationToken)
    {
        var reader = Read(packet);
        if (packet[0] == ChannelOpen)
        {
            var type = reader.Text();
            var theirs = reader.Number();
            var window = reader.Number();
            if (type != "session")
            {
                await SendAsync(new SshWriter().Byte(ChannelOpenFailure).Number(theirs).Number(3).Text("only sessions").Text(""), cancellationToken);
                return;
            }

            var opened = new Channel(_next++, theirs) { Window = window };
            _channels[opened.Id] = opened;
            await SendAsync(new SshWriter().Byte(ChannelConfirmation).Number(theirs).Number(opened.Id).Number(64 << 20).Number(32 << 10), cancellationToken);
            return;
        }

        if (!_channels.TryGetValue(reader.Number(), out var channel))
            return;
        switch (packet[0])
        {
            case ChannelRequest:
                var request = reader.Text();
                var wantsReply = reader.Bool();
                if (request == "exec")
                    channel.Command = reader.Text();
                if (wantsReply)
                    await SendAsync(new SshWriter().Byte(request is "exec" or "env" ? ChannelSuccess : ChannelFailure).Number(channel.Theirs), cancellationToken);
                if (request == "exec")
                    channel.Running = RunAsync(channel, cancellationToken);
                break;
            case ChannelData:
                channel.Input.Write(reader.Blob());
                break;
            case ChannelEof:
                channel.InputEnded.TrySetResult();
                break;
            case WindowAdjust:
                channel.Window += reader.Number();
                channel.WindowGrew.TrySetResult();
                break;
            case ChannelClose:
                _channels.Remove(channel.Id);
                break;
        }
    }

    private async Task RunAsync(Channel channel, CancellationToken cancellationToken)
    {
        // Off the loop that reads: the input of this command comes through it.
        await Task.Yield();
        try
        {
            await channel.InputEnded.Task.WaitAsync(cancellationToken);
            if (await run(new(_user, channel.Command, Encoding.UTF8.GetString(channel.Input.ToArray())), cancellationToken) is not { } result)
            {
                await stream.DisposeAsync();
                return;
            }

            await WriteAsync(channel, result.Error, isError: true, cancellationToken);
            await WriteAsync(channel, result.Output, isError: false, cancellationToken);
            await SendAsync(new SshWriter().Byte(ChannelEof).Number(channel.Theirs), cancellationToken);
            await SendAsync(new SshWriter().Byte(ChannelRequest).Number(channel.Theirs).Text("exit-status").Bool(false).Number((uint)result.ExitCode), cancellationToken);
            await SendAsync(new SshWriter().Byte(ChannelClose).Number(channel.Theirs), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away; nobody waits for the answer.
        }
    }

    private async Task WriteAsync(Channel channel, string text, bool isError, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length;)
        {
            while (channel.Window == 0)
            {
                await channel.WindowGrew.Task.WaitAsync(cancellationToken);
                channel.WindowGrew = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            var count = (int)Math.Min(Math.Min(bytes.Length - at, 16 << 10), channel.Window);
            var packet = new SshWriter().Byte(isError ? ChannelExtendedData : ChannelData).Number(channel.Theirs);
            await SendAsync((isError ? packet.Number(1) : packet).Text(bytes.AsSpan(at, count)), cancellationToken);
            channel.Window -= (uint)count;
            at += count;
        }
    }

    private async Task AgreeAsync(string theirVersion, byte[] theirInit, CancellationToken cancellationToken)
    {
        var init = new SshWriter().Byte(KexInit).Raw(RandomNumberGenerator.GetBytes(16)).Text(Exchange).Text(HostKeyType).Text(Cipher).Text(Cipher)
            .Text("hmac-sha2-256").Text("hmac-sha2-256").Text("none").Text("none").Text("").Text("").Bool(false).Number(0).ToArray();
        await _packets.WriteAsync(init, cancellationToken);
        var offer = await _packets.ReadAsync(cancellationToken);
        if (offer[0] != EcdhInit)
            throw new InvalidDataException($"Packet {offer[0]} came instead of the client's key; its ssh may not speak {Exchange}.");
        var theirPoint = Read(offer).Blob();
        using var ours = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var their = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = theirPoint[1..33], Y = theirPoint[33..65] } });
        var secret = ours.DeriveRawSecretAgreement(their.PublicKey);
        var (hostBlob, ourPoint) = (HostKeyBlob(hostKey), Point(ours.ExportParameters(false).Q));
        var hash = SHA256.HashData(new SshWriter().Text(theirVersion).Text(Version).Text(theirInit).Text(init).Text(hostBlob).Text(theirPoint).Text(ourPoint).Big(secret).ToArray());
        _sessionId ??= hash;
        var signed = hostKey.SignData(hash, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var signature = new SshWriter().Text(HostKeyType).Text(new SshWriter().Big(signed.AsSpan(0, 32)).Big(signed.AsSpan(32)).ToArray()).ToArray();
        await SendAsync(new SshWriter().Byte(EcdhReply).Text(hostBlob).Text(ourPoint).Text(signature), cancellationToken);
        await SendAsync(new SshWriter().Byte(NewKeys), cancellationToken);
        _packets.EncryptWriting(Key('D', secret, hash, 32), Key('B', secret, hash, 12));
        var packet = await _packets.ReadAsync(cancellationToken);
        if (packet[0] != NewKeys)
            throw new InvalidDataException($"Packet {packet[0]} came instead of the change of keys.");
        _packets.DecryptReading(Key('C', secret, hash, 32), Key('A', secret, hash, 12));
    }

    private byte[] Key(char letter, byte[] secret, byte[] hash, int length) =>
        SHA256.HashData(new SshWriter().Big(secret).Raw(hash).Byte((byte)letter).Raw(_sessionId!).ToArray())[..length]; // set before the first key

    private async Task<string> ReadVersionAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < 255 && await stream.ReadAsync(one, cancellationToken) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
    }

    private Task SendAsync(SshWriter packet, CancellationToken cancellationToken) => _packets.WriteAsync(packet.ToArray(), cancellationToken);

    private static SshReader Read(byte[] packet)
    {
        var reader = new SshReader(packet);
        reader.Skip(1);
        return reader;
    }

    /// <summary>Uncompressed, as SEC 1 writes it.</summary>
    private static byte[] Point(ECPoint point) => [4, .. point.X!, .. point.Y!]; // a public key has both

    private sealed class Channel(uint id, uint theirs)
    {
        public uint Id => id;

        public uint Theirs => theirs;

        public uint Window { get; set; }

        public string Command { get; set; } = "";

        public MemoryStream Input { get; } = new();

        public TaskCompletionSource InputEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource WindowGrew { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task? Running { get; set; }
    }
}
