using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

/// <summary>Issues that share words with a title, the most alike first: reported before is better commented than reported again.</summary>
internal abstract class FindSimilarIssuesOn(IForgeClients clients) : IActivity<FindSimilarIssuesOn.Input, FindSimilarIssuesOn.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var wanted = Words(input.Title);
        var found = await client.SearchAsync(input, string.Join(' ', wanted.OrderByDescending(word => word.Length).Take(4)), !input.IncludeClosed, 30, cancellationToken);
        return new()
        {
            Issues = [.. found.Select(issue => new Similar(issue.Number, issue.Title, issue.State, issue.Url, Likeness(wanted, Words(issue.Title))))
                .Where(issue => issue.Likeness >= input.MinLikeness).OrderByDescending(issue => issue.Likeness).ThenByDescending(issue => issue.Number)],
        };
    }

    /// <summary>Words in common of all words of both, 0 to 1.</summary>
    private static double Likeness(HashSet<string> one, HashSet<string> other)
    {
        var common = one.Intersect(other).Count();
        return common == 0 ? 0 : (double)common / (one.Count + other.Count - common);
    }

    /// <summary>Without marks, so that nothing in a title is taken for a search qualifier.</summary>
    private static HashSet<string> Words(string text) =>
        [.. new string([.. text.ToLowerInvariant().Select(letter => char.IsLetterOrDigit(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length > 2)];

    internal sealed record Input : ForgeInput
    {
        [Description("Title to look for.")]
        [StringLength(500, MinimumLength = 1)]
        [Example("Disk of nas is full")]
        public required string Title { get; init; }

        [Description("Closed ones too.")]
        public bool IncludeClosed { get; init; }

        [Description("Words in common of all words of both titles, 0 to 1, from which on an issue counts.")]
        [Range(0.0, 1.0)]
        public double MinLikeness { get; init; } = 0.3;
    }

    internal sealed record Output
    {
        [Description("Issues, the most alike first.")]
        public required IReadOnlyList<Similar> Issues { get; init; }
    }

    internal sealed record Similar(int Number, string Title, string State, string? Url, double Likeness);
}
