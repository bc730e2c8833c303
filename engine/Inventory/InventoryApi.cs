using Homelab.Engine.Api;
using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Inventory;

internal static class InventoryApi
{
    public static IServiceCollection AddInventory(this IServiceCollection services)
    {
        services.AddSettings<DocumentationSettings>("Documentation");
        services.AddSingleton<InventoryStore>();
        services.AddSingleton<Scanner>();
        services.AddSingleton(LiveProbes.Documents);
        return services;
    }

    public static IEndpointRouteBuilder MapInventory(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>();
        var documents = api.MapGroup("/documents").WithTags("Documents").RequireAuthorization(Policies.Viewer);
        documents.MapGet("", ListAsync).WithName("ListDocuments").WithSummary("Documents made from what was found");
        documents.MapGet("/content", FindAsync).WithName("GetDocument").WithSummary("One document, in Markdown");
        api.MapGet("/inventory", ItemsAsync).WithTags("Documents").RequireAuthorization(Policies.Viewer).WithName("ListInventory").WithSummary("Everything that was found, by id");
        return app;
    }

    private static async Task<Ok<Listing<DocumentInfo>>> ListAsync([AsParameters] Paging paging, InventoryStore store, CancellationToken cancellationToken)
    {
        var rows = await store.DocumentsAsync(cancellationToken);
        return TypedResults.Ok(Listing<DocumentInfo>.Of(
            [.. rows.Skip(paging.Skip).Take(paging.Size).Select(row => new DocumentInfo(row.Path, DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAt), row.Committed != 0, row.CommitId))], paging, rows.Count));
    }

    private static async Task<Results<Ok<DocumentContent>, ProblemHttpResult>> FindAsync(string path, InventoryStore store, CancellationToken cancellationToken) =>
        await store.DocumentAsync(path, cancellationToken) is { } row ? TypedResults.Ok(new DocumentContent(row.Path, row.Content)) : Problems.NotFound("document", path, "GET /api/documents lists them.");

    private static async Task<Ok<Listing<InventoryItem>>> ItemsAsync([AsParameters] Paging paging, InventoryStore store, CancellationToken cancellationToken, string? kind = null)
    {
        InventoryItem[] items = [.. (await store.ItemsAsync(cancellationToken)).Where(item => string.IsNullOrEmpty(kind) || item.Kind == kind)];
        return TypedResults.Ok(Listing<InventoryItem>.Of([.. items.Skip(paging.Skip).Take(paging.Size)], paging, items.Length));
    }
}

/// <param name="Committed">As it is now it is in the repository.</param>
internal sealed record DocumentInfo(string Path, DateTimeOffset UpdatedAt, bool Committed, string? Commit);

internal sealed record DocumentContent(string Path, string Markdown);
