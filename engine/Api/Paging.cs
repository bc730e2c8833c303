using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Api;

/// <summary>Which page of a list: the same two parameters everywhere.</summary>
internal sealed record Paging
{
    public const int MaxPageSize = 200;

    [FromQuery(Name = "page"), Description("1 is the first page.")]
    public int? Page { get; init; }

    [FromQuery(Name = "pageSize"), Description("How many a page holds: 1 to 200, 50 unless said.")]
    public int? PageSize { get; init; }

    internal int Number => Page ?? 1;

    internal int Size => PageSize ?? 50;

    internal int Skip => (Number - 1) * Size;

    internal IEnumerable<Fault> Faults()
    {
        if (Page is < 1 or > 10_000_000)
        {
            yield return new Fault("page", $"{Page}", "page must be between 1 and 10000000.", "Ask for page 1 first; 'total' tells how many there are.");
        }

        if (PageSize is < 1 or > MaxPageSize)
        {
            yield return new Fault("pageSize", $"{PageSize}", $"pageSize must be between 1 and {MaxPageSize}.", "Ask for smaller pages.");
        }
    }
}

/// <summary>One page of a list, and how many there are in all.</summary>
internal sealed record Listing<T>(IReadOnlyList<T> Items, int Page, int PageSize, long Total)
{
    public static Listing<T> Of(IReadOnlyList<T> items, Paging paging, long total) => new(items, paging.Number, paging.Size, total);
}

/// <summary>Answers 400 before the handler when page or pageSize is out of range.</summary>
internal sealed class PagingFilter : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        Fault[] faults = [.. context.Arguments.OfType<Paging>().SelectMany(paging => paging.Faults())];
        return faults.Length == 0 ? next(context) : ValueTask.FromResult<object?>(Problems.Invalid(faults));
    }
}
