using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Homelab.Engine.Lab.Postgres;

/// <summary>Messages of a server, gathered until they are sent.</summary>
internal sealed class PostgresWire : IDisposable
{
    private readonly MemoryStream _gathered = new();

    public void Message(char kind, Action<PostgresWire> write)
    {
        using var body = new PostgresWire();
        write(body);
        Byte(kind).Int((int)body._gathered.Length + 4);
        body._gathered.WriteTo(_gathered);
    }

    public PostgresWire Byte(char value)
    {
        _gathered.WriteByte((byte)value);
        return this;
    }

    public PostgresWire Short(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        _gathered.Write(bytes);
        return this;
    }

    public PostgresWire Int(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        _gathered.Write(bytes);
        return this;
    }

    public PostgresWire Bytes(ReadOnlySpan<byte> value)
    {
        _gathered.Write(value);
        return this;
    }

    /// <summary>With the zero that ends it.</summary>
    public PostgresWire Text(string value) => Bytes(Encoding.UTF8.GetBytes(value)).Byte('\0');

    public async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_gathered.ToArray(), cancellationToken);
        _gathered.SetLength(0);
    }

    public void Dispose() => _gathered.Dispose();
}

/// <summary>What a statement answers: rows, a command's tag, or an error.</summary>
/// <param name="Tag">As the server says what was done, such as VACUUM; null with rows.</param>
internal sealed record SqlAnswer(IReadOnlyList<SqlColumn> Columns, IReadOnlyList<object?[]> Rows, string? Tag = null, (string State, string Message)? Error = null)
{
    public static SqlAnswer Done(string tag) => new([], [], tag);

    public static SqlAnswer One(SqlColumn column, object? value) => new([column], [[value]]);

    public static SqlAnswer Failed(string state, string message) => new([], [], null, (state, message));

    public void Describe(PostgresWire wire, bool binary)
    {
        if (Error is not null || Tag is not null)
        {
            // A simple statement without rows is not described at all.
            if (binary)
                wire.Message('n', _ => { });
            return;
        }

        wire.Message('T', body =>
        {
            body.Short(Columns.Count);
            foreach (var column in Columns)
                body.Text("column").Int(0).Short(0).Int(column.Oid).Short(column.Size).Int(-1).Short(binary ? 1 : 0);
        });
    }

    public void Write(PostgresWire wire, bool binary)
    {
        if (Error is { } error)
        {
            wire.Message('E', body => body.Byte('S').Text("ERROR").Byte('V').Text("ERROR").Byte('C').Text(error.State).Byte('M').Text(error.Message).Byte('\0'));
            return;
        }

        foreach (var row in Rows)
        {
            wire.Message('D', body =>
            {
                body.Short(row.Length);
                foreach (var value in row)
                {
                    var bytes = value is null ? [] : binary ? Binary(value) : Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture)!); // a value is there
                    body.Int(value is null ? -1 : bytes.Length).Bytes(bytes);
                }
            });
        }

        wire.Message('C', body => body.Text(Tag ?? $"SELECT {Rows.Count}"));
    }

    private static byte[] Binary(object value)
    {
        var bytes = new byte[8];
        switch (value)
        {
            case bool yes:
                return [(byte)(yes ? 1 : 0)];
            case int number:
                BinaryPrimitives.WriteInt32BigEndian(bytes, number);
                return bytes[..4];
            case long number:
                BinaryPrimitives.WriteInt64BigEndian(bytes, number);
                return bytes;
            case double number:
                BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
                return bytes;
            case DateTimeOffset time:
                // Microseconds since the year 2000.
                BinaryPrimitives.WriteInt64BigEndian(bytes, (time.UtcTicks - new DateTime(2000, 1, 1).Ticks) / 10);
                return bytes;
            default:
                return Encoding.UTF8.GetBytes((string)value);
        }
    }
}

/// <summary>A type of pg_type by its number, as the catalogue has it.</summary>
/// <param name="Size">Bytes; -1: it varies.</param>
/// <param name="Element">Of an array; 0 for what is none.</param>
internal sealed record SqlColumn(string Name, int Oid, int Size, int Element = 0)
{
    public static readonly SqlColumn Bool = new("bool", 16, 1);
    public static readonly SqlColumn Long = new("int8", 20, 8);
    public static readonly SqlColumn Int = new("int4", 23, 4);
    public static readonly SqlColumn Text = new("text", 25, -1);
    public static readonly SqlColumn Double = new("float8", 701, 8);
    public static readonly SqlColumn Time = new("timestamptz", 1184, 8);

    /// <summary>With timestamp, without which the client reads no timestamptz, and the array that it sends.</summary>
    public static IReadOnlyList<SqlColumn> All { get; } = [Bool, Long, Int, Text, Double, Time, new("timestamp", 1114, 8), new("_text", 1009, -1, 25)];
}
