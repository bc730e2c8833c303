using System.Globalization;
using System.Text;

namespace Homelab.Activities.Redis;

/// <summary>What the server said no with.</summary>
internal sealed record RespError(string Message);

/// <summary>Reads answers of the Redis protocol: text, numbers, lists, nothing, errors.</summary>
internal sealed class RespReader(BufferedStream stream, int largest, string name)
{
    private readonly byte[] _one = new byte[1];
    private long _read;

    public async Task<object?> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken);
        if (line.Length == 0 || depth == 0)
            throw NotRedis();
        switch (line[0])
        {
            case '+':
                return line[1..];
            case '-':
                return new RespError(line[1..]);
            case ':':
                return Number(line);
            case '$':
                var length = Number(line);
                return length < 0 ? null : await TextAsync(length, cancellationToken);
            case '*':
                var count = Number(line);
                if (count < 0)
                    return null;
                List<object?> items = [];
                for (var index = 0L; index < count; index++)
                    items.Add(await ReadAsync(depth - 1, cancellationToken));
                return items;
            default:
                throw NotRedis();
        }
    }

    private long Number(string line) => long.TryParse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw NotRedis();

    private async Task<string> TextAsync(long length, CancellationToken cancellationToken)
    {
        Count(length + 2);
        var bytes = new byte[length + 2];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, (int)length);
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            await stream.ReadExactlyAsync(_one, cancellationToken);
            Count(1);
            if (_one[0] == '\n')
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(_one[0]);
        }
    }

    private void Count(long bytes)
    {
        if ((_read += bytes) > largest)
            throw new ActivityException($"Redis connection '{name}' answered more than {largest} bytes; ask for less or raise LargestAnswerBytes.", retryable: false);
    }

    private ActivityException NotRedis() => new($"Redis connection '{name}' answered something that is not Redis; is the port right, and does it want TLS?", retryable: false);
}
