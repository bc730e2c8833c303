using System.Text.Json;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api.Elsa;

/// <summary>The forms of Elsa's answers: lists, not-found without a body, and problems as Studio shows them.</summary>
internal static class ElsaAnswers
{
    public static JsonHttpResult<T> Ok<T>(T value, int statusCode = StatusCodes.Status200OK) => TypedResults.Json(value, ElsaJson.Options, statusCode: statusCode);

    public static JsonHttpResult<ElsaList<T>> List<T>(IReadOnlyCollection<T> items) => Ok(new ElsaList<T>(items, items.Count));

    /// <summary>400 with every message; Studio shows them as they are.</summary>
    public static IResult Problem(params IEnumerable<string> messages) => TypedResults.Json(
        new ElsaProblem(StatusCodes.Status400BadRequest, "One or more errors occurred!", new Dictionary<string, string[]> { ["generalErrors"] = [.. messages] }),
        ElsaJson.Options,
        "application/problem+json",
        StatusCodes.Status400BadRequest);

    /// <summary>The answer to a change: what <paramref name="done"/> makes of it, 404 or 400.</summary>
    public static IResult Of(DefinitionChange change, Func<DefinitionChange.Done, IResult> done) => change switch
    {
        DefinitionChange.Done result => done(result),
        DefinitionChange.NotFound => TypedResults.NotFound(),
        DefinitionChange.Invalid invalid => Problem(invalid.Problems),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Turns what cannot be read into a problem, so that no handler has to.</summary>
    public static async ValueTask<object?> ReadErrorsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (WorkflowJsonException error)
        {
            return Problem($"{error.Message} (at {error.Path})");
        }
        catch (JsonException error)
        {
            return Problem($"The body is not valid JSON: {error.Message}");
        }
    }
}

internal sealed record ElsaList<T>(IReadOnlyCollection<T> Items, long Count);

internal sealed record ElsaPage<T>(IReadOnlyCollection<T> Items, long TotalCount);

internal sealed record ElsaProblem(int StatusCode, string Message, IReadOnlyDictionary<string, string[]> Errors);
