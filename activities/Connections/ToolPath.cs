namespace Homelab.Activities;

/// <summary>Builds a request path from an interpolated string; each hole is escaped, so that a name can never become another path or a query.</summary>
internal static class ToolPath
{
    public static string Of(FormattableString path) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture, path.Format, [.. path.GetArguments().Select(Escape)]);

    private static object Escape(object? value) => value switch
    {
        null => "",
        Raw raw => raw.Text,
        bool flag => flag ? "true" : "false",
        // Escaping leaves dots alone, and the address would swallow the segment before them.
        "." or ".." => throw new ActivityException($"'{value}' is not a name.", retryable: false),
        _ => Uri.EscapeDataString(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!),
    };

    /// <summary>A piece that is escaped already, such as a query made by <see cref="Query"/>.</summary>
    public sealed record Raw(string Text);

    /// <summary>"?a=1&amp;b=2", leaving out what is null; empty when nothing is left.</summary>
    public static Raw Query(params IEnumerable<(string Name, object? Value)> parameters)
    {
        var given = parameters.Where(parameter => parameter.Value is not null)
            .Select(parameter => $"{Uri.EscapeDataString(parameter.Name)}={Text(parameter.Value!)}").ToList();
        return new(given.Count == 0 ? "" : "?" + string.Join('&', given));
    }

    private static string Text(object value) => Uri.EscapeDataString(
        value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
}
