/** Places in words and on a plain grid: no map server is asked where anybody is. Pure. */

const MINUTE = 1 / 60;
/** Lines of the grid to each side of the pin. */
export const LINES = 3;

/** "北纬 25.0330°" without words: 25.03300°N 121.56500°E. */
export function coordinates(latitude: number, longitude: number): string {
  const north = `${Math.abs(latitude).toFixed(5)}°${latitude < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitude).toFixed(5)}°${longitude < 0 ? "W" : "E"}`;
  return `${north} ${east}`;
}

/** Degrees and minutes, as on the edge of a map: 25°02′. */
export function degreesAndMinutes(degrees: number): string {
  const minutes = Math.round(Math.abs(degrees) * 60);
  return `${Math.floor(minutes / 60)}°${String(minutes % 60).padStart(2, "0")}′`;
}

/** Whole minutes around `degrees`, and how far each is from it, in minutes. */
export function gridLines(degrees: number): { degrees: number; away: number }[] {
  const nearest = Math.round(degrees / MINUTE);
  return Array.from({ length: 2 * LINES + 1 }, (_, place) => {
    const line = (nearest + place - LINES) * MINUTE;
    return { degrees: line, away: (line - degrees) / MINUTE };
  });
}

/** Reads "25.033, 121.565", with a Chinese comma or spaces as well; null when it is no place on earth. */
export function readCoordinates(text: string): { latitude: number; longitude: number } | null {
  const numbers =
    /^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NS])?\s*[,，、\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([EW])?\s*$/i.exec(text);
  if (numbers === null) return null;
  const latitude = Number(numbers[1]) * (/s/i.test(numbers[2] ?? "") ? -1 : 1);
  const longitude = Number(numbers[3]) * (/w/i.test(numbers[4] ?? "") ? -1 : 1);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}
