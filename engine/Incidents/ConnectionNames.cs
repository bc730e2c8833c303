namespace Homelab.Engine.Incidents;

/// <summary>Which connection of a tool leads to a host, by the names and addresses in the configuration.</summary>
internal sealed class ConnectionNames(IConfiguration configuration)
{
    /// <param name="tool">As in <c>Activities:TOOL:NAME</c>.</param>
    /// <param name="exactly">Only a connection to that very host will do; else the only one there is does too, for what it does not have it does not find.</param>
    /// <returns>Null where none is known to lead there: nothing is acted on by a guess.</returns>
    public string? Of(string tool, string? host, bool exactly)
    {
        IConfigurationSection[] all = [.. configuration.GetSection($"Activities:{tool}").GetChildren()];
        if (host is not null)
        {
            var found = Array.Find(all, connection => Same(connection.Key, host))
                ?? Array.Find(all, connection => Addresses(connection).Any(address => address.Equals(host, StringComparison.OrdinalIgnoreCase)))
                ?? Array.Find(all, connection => Addresses(connection).Any(address => Same(address, host)));
            if (found is not null || exactly)
                return found?.Key.ToLowerInvariant();
        }

        return (all.Length == 1 ? all[0] : Array.Find(all, connection => connection.Key.Equals("default", StringComparison.OrdinalIgnoreCase)))?.Key.ToLowerInvariant();
    }

    private static IEnumerable<string> Addresses(IConfigurationSection connection)
    {
        foreach (var setting in new[] { "Host", "Url", "Endpoint" })
        {
            if (connection[setting] is not { Length: > 0 } value)
                continue;
            if (!value.Contains("://", StringComparison.Ordinal))
                yield return value;
            else if (Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
                yield return uri.Host;
        }

        if (bool.TryParse(connection["Local"], out var local) && local)
        {
            yield return "localhost";
            yield return "127.0.0.1";
            yield return Environment.MachineName;
        }
    }

    /// <summary>nas and nas.lan are the same machine; addresses of numbers are only themselves.</summary>
    private static bool Same(string left, string right) =>
        left.Equals(right, StringComparison.OrdinalIgnoreCase)
        || (!char.IsAsciiDigit(left[^1]) && !char.IsAsciiDigit(right[^1]) && (left.Contains('.') ^ right.Contains('.')) && left.Split('.')[0].Equals(right.Split('.')[0], StringComparison.OrdinalIgnoreCase));
}
