using System.Text.Json;

namespace Homelab.Engine.Gate;

/// <summary>Column lists of row records: properties in camel case, columns in snake case.</summary>
internal static class Sql
{
    public static string Columns<T>() => Cache<T>.Columns;

    public static string Insert<T>(string table) =>
        $"INSERT INTO {table} ({string.Join(", ", Names<T>().Select(Snake))}) VALUES ({string.Join(", ", Names<T>().Select(name => "@" + name))})";

    /// <summary>All columns of the row with its id.</summary>
    public static string Update<T>(string table) =>
        $"UPDATE {table} SET {string.Join(", ", Names<T>().Where(name => name != "Id").Select(name => $"{Snake(name)} = @{name}"))} WHERE id = @Id";

    private static IEnumerable<string> Names<T>() => typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => property.Name);

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static class Cache<T>
    {
        public static readonly string Columns = string.Join(", ", Names<T>().Select(name => $"{Snake(name)} AS {name}"));
    }
}
