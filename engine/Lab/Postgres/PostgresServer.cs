using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Engine.Lab.Postgres;

/// <summary>
/// A PostgreSQL server on loopback as far as its protocol (version 3.0) is spoken by the ordinary client: each statement is answered by the simulated homelab. It asks for no
/// password, for there is nothing behind it to protect.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const int Protocol3 = 196_608;
    private const int CancelRequest = 80_877_102;

    private readonly Func<string, IReadOnlyList<byte[]?>, SqlAnswer?> _run;
    private readonly LoopbackListener _listener;

    /// <param name="run">A statement and the values of its parameters as they came; null: the server is down, and the connection is cut.</param>
    public PostgresServer(Func<string, IReadOnlyList<byte[]?>, SqlAnswer?> run)
    {
        _run = run;
        _listener = new LoopbackListener(ServeAsync);
    }

    public int Port => _listener.Port;

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(NetworkStream stream, CancellationToken stopping)
    {
        try
        {
            if (await GreetAsync(stream, stopping))
                await TalkAsync(stream, stopping);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // The client is gone, or the lab is.
        }
    }

    private async Task<bool> GreetAsync(Stream stream, CancellationToken stopping)
    {
        while (true)
        {
            var body = await ReadBodyAsync(stream, stopping);
            var code = BinaryPrimitives.ReadInt32BigEndian(body);
            if (code == CancelRequest)
                return false;
            if (code == Protocol3)
                break;
            // Encryption is asked for: there is none.
            await stream.WriteAsync("N"u8.ToArray(), stopping);
        }

        using var answer = new PostgresWire();
        answer.Message('R', body => body.Int(0));
        foreach (var (name, value) in new[] { ("server_version", "16.4"), ("server_encoding", "UTF8"), ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"), ("integer_datetimes", "on"), ("TimeZone", "UTC") })
            answer.Message('S', body => body.Text(name).Text(value));
        answer.Message('K', body => body.Int(4711).Int(1));
        answer.Message('Z', body => body.Byte('I'));
        await answer.SendAsync(stream, stopping);
        return true;
    }

    private async Task TalkAsync(Stream stream, CancellationToken stopping)
    {
        var (statement, inTransaction, failed) = ("", false, false);
        IReadOnlyList<byte[]?> values = [];
        SqlAnswer? described = null;
        using var answer = new PostgresWire();
        var kind = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(kind, stopping);
            var body = await ReadBodyAsync(stream, stopping);
            // After an error what was sent with it is passed over until the client has taken note.
            switch (failed && kind[0] != 'S' ? '-' : (char)kind[0])
            {
                case 'Q':
                    foreach (var one in Text(body, 0).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    {
                        if (_run(one, []) is not { } simple)
                            return;
                        simple.Describe(answer, binary: false);
                        simple.Write(answer, binary: false);
                        inTransaction = After(one, inTransaction);
                    }

                    Ready();
                    break;
                case 'P':
                    statement = Text(body, Text(body, 0).Length + 1);
                    answer.Message('1', _ => { });
                    break;
                case 'B':
                    values = Values(body);
                    described = null;
                    answer.Message('2', _ => { });
                    break;
                case 'D' or 'E':
                    described ??= _run(statement, values);
                    if (described is null)
                        return;
                    failed = described.Error is not null;
                    if (kind[0] == 'D' && !failed)
                        described.Describe(answer, binary: true);
                    else
                        described.Write(answer, binary: true);
                    inTransaction = kind[0] == 'E' ? After(statement, inTransaction) : inTransaction;
                    break;
                case 'S':
                    failed = false;
                    Ready();
                    break;
                case 'X':
                    return;
            }

            if (kind[0] is (byte)'Q' or (byte)'S' or (byte)'H')
                await answer.SendAsync(stream, stopping);

            void Ready() => answer.Message('Z', ready => ready.Byte(inTransaction ? 'T' : 'I'));
        }
    }

    private static bool After(string statement, bool inTransaction) => statement.Split(' ')[0].ToUpperInvariant() switch
    {
        "BEGIN" => true,
        "COMMIT" or "ROLLBACK" or "DISCARD" => false,
        _ => inTransaction,
    };

    /// <summary>Of a message of type Bind: portal, statement, formats of the parameters, then their values.</summary>
    private static List<byte[]?> Values(byte[] body)
    {
        var at = Text(body, 0).Length + 1;
        at += Text(body, at).Length + 1;
        at += 2 + (2 * BinaryPrimitives.ReadInt16BigEndian(body.AsSpan(at)));
        var count = BinaryPrimitives.ReadInt16BigEndian(body.AsSpan(at));
        at += 2;
        List<byte[]?> values = [];
        for (var index = 0; index < count; index++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at));
            at += 4;
            values.Add(length < 0 ? null : body[at..(at + length)]);
            at += Math.Max(0, length);
        }

        return values;
    }

    private static string Text(byte[] body, int at) => Encoding.UTF8.GetString(body.AsSpan(at, Array.IndexOf(body, (byte)0, at) - at));

    private static async Task<byte[]> ReadBodyAsync(Stream stream, CancellationToken stopping)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, stopping);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
        await stream.ReadExactlyAsync(body, stopping);
        return body;
    }
}
