using System.Text.RegularExpressions;

namespace Homelab.Engine.Incidents;

/// <summary>
/// A pattern of the rules over words that come from outside. One that takes too long over some text does not fit it: such an alert is then of an
/// unknown kind, and nothing is done about it by itself. (The engine without backtracking would keep half a megabyte for each pattern.)
/// </summary>
internal sealed class Pattern(string text)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private readonly Regex _regex = new(text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Limit);

    /// <summary>Fits nothing: stands where a pattern could not be read.</summary>
    public static Pattern Nothing { get; } = new("$^");

    public bool Fits(string value)
    {
        try
        {
            return _regex.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>What the first group found; null where there is nothing.</summary>
    public string? Find(string value)
    {
        try
        {
            return _regex.Match(value) is { Success: true, Groups: [_, { Value: { Length: > 0 } found }, ..] } ? found : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
