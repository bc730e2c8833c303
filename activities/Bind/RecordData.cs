using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Homelab.Activities.Dns;

namespace Homelab.Activities.Bind;

/// <summary>Values of records as people write them, and as they go over the wire.</summary>
internal static class RecordData
{
    /// <summary>The value in the one way that a server answers it, so that equal ones look equal.</summary>
    public static string Normal(string type, string value) => type switch
    {
        "A" or "AAAA" => Address(type, value).ToString(),
        "CNAME" or "NS" or "PTR" => Rooted(value),
        "MX" => Fields(type, value, 2) is var fields ? $"{Number(fields[0])} {Rooted(fields[1])}" : value,
        "SRV" => Fields(type, value, 4) is var fields ? $"{Number(fields[0])} {Number(fields[1])} {Number(fields[2])} {Rooted(fields[3])}" : value,
        _ => value,
    };

    public static byte[] Encode(string type, string value)
    {
        switch (type)
        {
            case "A" or "AAAA":
                return Address(type, value).GetAddressBytes();
            case "CNAME" or "NS" or "PTR":
                return DnsClient.Encode(value);
            case "MX":
                var mail = Fields(type, value, 2);
                return [.. Bytes(Number(mail[0])), .. DnsClient.Encode(mail[1])];
            case "SRV":
                var service = Fields(type, value, 4);
                return [.. Bytes(Number(service[0])), .. Bytes(Number(service[1])), .. Bytes(Number(service[2])), .. DnsClient.Encode(service[3])];
            default:
                // A text goes in pieces of at most 255 bytes, each with its length.
                return [.. Encoding.UTF8.GetBytes(value).Chunk(255).SelectMany(piece => piece.Prepend((byte)piece.Length))];
        }
    }

    private static IPAddress Address(string type, string value) =>
        IPAddress.TryParse(value, out var address) && address.AddressFamily == (type == "A" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)
            ? address
            : throw new ActivityException($"'{value}' is not an address for a record of type {type}.", retryable: false);

    private static string[] Fields(string type, string value, int count) => value.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var fields && fields.Length == count
        ? fields
        : throw new ActivityException($"'{value}' is not a value for a record of type {type}; it has {count} parts, such as {(type == "MX" ? "10 mail.example.lan" : "0 5 5060 sip.example.lan")}.", retryable: false);

    private static ushort Number(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ActivityException($"'{text}' is not a number from 0 to 65535.", retryable: false);

    private static byte[] Bytes(ushort number) => [(byte)(number >> 8), (byte)number];

    private static string Rooted(string name) => name.TrimEnd('.') + ".";
}
